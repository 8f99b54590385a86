// What the account has: plan, period, next charge; what changes at the period's end, and the way back.
import { Alert, Button, Progress, Skeleton, Tooltip } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconCalendarEvent, IconPlayerPause } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/planCalls'
import type { PreviewOf, Subscription } from '../../api/planTypes'
import { money } from '../../ui/format'
import { ButtonLink } from '../../ui/links'
import { sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { newId } from '../../ui/uuid'
import { Failed } from '../billing/Failed'
import { CommandDialog } from './CommandDialog'
import { dayBefore, daysText, dayText } from './days'
import { useCommand, useSubscription } from './queries'
import classes from './plans.module.css'

export function Current({ owner }: { owner: boolean }) {
  const { t } = useTranslation('plans')
  const { data, isError, refetch } = useSubscription()
  const [wanted, setWanted] = useState<PreviewOf | null>(null)
  if (!data && isError) return <Failed text={t('current.failed')} onRetry={() => void refetch()} />
  return (
    <section className={classes.current} aria-label={t('current.title')} data-testid="current-plan">
      {data ? <Have subscription={data} owner={owner} onWant={setWanted} /> : <Skeleton height={132} />}
      {data && <CommandDialog wanted={wanted} subscription={data} onClose={() => setWanted(null)} />}
    </section>
  )
}

interface HaveProps {
  subscription: Subscription
  owner: boolean
  onWant: (wanted: PreviewOf) => void
}

function Have({ subscription, owner, onWant }: HaveProps) {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const { status, pending } = subscription
  const interval = subscription.interval
  const fee = money(subscription.fee_micros, subscription.currency, locale)
  return (
    <>
      <div className={classes.have}>
        <div>
          <h2>{t('current.title')}</h2>
          <p className={classes.planName} data-testid="plan-name">{subscription.plan_name}</p>
          <p className={classes.dim}>{t(`current.fee_${interval}`, { amount: fee })}</p>
          {subscription.started_on && <p className={classes.dim}>{t('current.since', { day: dayText(subscription.started_on, locale) })}</p>}
        </div>
        {status === 'active' ? <Running subscription={subscription} /> : <NotRunning subscription={subscription} owner={owner} onWant={onWant} />}
      </div>
      {pending && <Pending subscription={subscription} pending={pending} owner={owner} />}
      {status === 'active' && pending?.kind !== 'cancel' && (
        <div className={classes.leave}>
          <OwnerOnly owner={owner}>
            <Button variant="subtle" color="gray" c="dimmed" size="compact-sm" disabled={!owner} onClick={() => onWant({ action: 'cancel' })}>
              {t('current.cancel')}
            </Button>
          </OwnerOnly>
        </div>
      )}
    </>
  )
}

function Running({ subscription }: { subscription: Subscription }) {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const { period } = subscription
  const passed = period ? period.days - period.days_left : 0
  const next = subscription.next_fee_on
    ? t('current.nextOn', { amount: money(subscription.next_fee_micros, subscription.currency, locale), day: dayText(subscription.next_fee_on, locale) })
    : t('current.nothing')
  const agents =
    subscription.included_agents === null
      ? subscription.agents_max === null
        ? t('current.unlimited', { used: String(subscription.agents) })
        : t('current.atMost', { used: String(subscription.agents), max: String(subscription.agents_max) })
      : t('current.ofAgents', { used: String(subscription.agents), included: String(subscription.included_agents) })
  return (
    <dl className={classes.facts}>
      {period && (
        <div>
          <dt>{t('current.period')}</dt>
          <dd>
            {daysText(period.starts_on, dayBefore(period.ends_on), locale)}
            <Tooltip label={t('current.progress', { passed: String(passed), days: String(period.days) })}>
              <Progress value={(passed / period.days) * 100} size={5} mt={6} mb={4} aria-label={t('current.progress', { passed: String(passed), days: String(period.days) })} />
            </Tooltip>
            <small>{t('current.daysLeft', { count: period.days_left })}</small>
          </dd>
        </div>
      )}
      <div>
        <dt>{t('current.next')}</dt>
        <dd data-testid="next-fee">{next}</dd>
      </div>
      <div>
        <dt>{t('current.agents')}</dt>
        <dd>
          {agents}
        </dd>
      </div>
    </dl>
  )
}

function NotRunning({ subscription, owner, onWant }: HaveProps) {
  const { t } = useTranslation('plans')
  if (subscription.status === 'ended') {
    return (
      <Alert className={classes.notice} data-tone="warn" icon={<IconPlayerPause />}>
        <p>{t('current.ended')}</p>
        <OwnerOnly owner={owner}>
          <Button size="sm" disabled={!owner} onClick={() => onWant({ action: 'reactivate' })}>
            {t('current.again')}
          </Button>
        </OwnerOnly>
      </Alert>
    )
  }
  const text = subscription.status === 'chosen' ? t('current.chosen', { plan: subscription.plan_name, interval: t(`interval.${subscription.interval}`) }) : t('current.none')
  return (
    <Alert className={classes.notice} icon={<IconCalendarEvent />}>
      <p>{text}</p>
      <ButtonLink to="/numbers/new" size="sm" variant="default">
        {t('current.bring')}
      </ButtonLink>
    </Alert>
  )
}

function Pending({ subscription, pending, owner }: { subscription: Subscription; pending: NonNullable<Subscription['pending']>; owner: boolean }) {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const canceled = pending.kind === 'cancel'
  const back = useCommand(canceled ? calls.reactivate : calls.undoChange)
  const day = dayText(pending.on, locale)
  const interval = t(`interval.${pending.interval ?? subscription.interval}`)
  const undo = () =>
    back.mutate(newId(), {
      onSuccess: () => notifications.show({ color: 'teal', message: t('pending.undone') }),
      onError: (error) => notifications.show({ color: 'red', message: sentence(error, t('unreachable')) }),
    })
  return (
    <Alert className={classes.notice} data-tone="warn" icon={<IconCalendarEvent />} title={t(`pending.${pending.kind}`, { plan: pending.plan_name ?? subscription.plan_name, interval, day })} data-testid="pending">
      <p>{t(`pending.${pending.kind}Text`)}</p>
      {pending.kind !== 'migration' && (
        <OwnerOnly owner={owner}>
          <Button size="sm" variant="default" disabled={!owner} loading={back.isPending} onClick={undo}>
            {canceled ? t('pending.reactivate') : t('pending.undo', { plan: subscription.plan_name })}
          </Button>
        </OwnerOnly>
      )}
    </Alert>
  )
}

export function OwnerOnly({ owner, children }: { owner: boolean; children: ReactNode }) {
  const { t } = useTranslation('plans')
  return (
    <Tooltip label={t('ownerOnly')} disabled={owner}>
      <span>{children}</span>
    </Tooltip>
  )
}
