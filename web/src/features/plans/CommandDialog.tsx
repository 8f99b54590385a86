// A change of plan, a cancellation or a new start: what it charges now, what happens when, and only then the button.
import { Alert, Button, Group, Modal, NumberInput, Skeleton, Stack } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/planCalls'
import type { Preview, PreviewOf, Subscription } from '../../api/planTypes'
import { dayOf, money } from '../../ui/format'
import { accountNow } from '../../ui/clock'
import { ButtonLink } from '../../ui/links'
import { codeOf, sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { newId } from '../../ui/uuid'
import { changeRule } from './changeRule'
import { dayText } from './days'
import { wholeCents } from './money'
import { useCommand, usePreview } from './queries'
import classes from './plans.module.css'

export const PROMISE_LEAST = 250_000

interface Props {
  /** What is wanted; null closes the dialog. */
  wanted: (PreviewOf & { plan_name?: string; promise?: boolean }) | null
  subscription: Subscription
  onClose: () => void
}

export function CommandDialog({ wanted, subscription, onClose }: Props) {
  const { t } = useTranslation('plans')
  const title =
    wanted?.action === 'change'
      ? t('dialog.change', { plan: wanted.plan_name ?? wanted.plan ?? '', interval: t(`interval.${wanted.interval ?? subscription.interval}`) })
      : wanted?.action === 'reactivate'
        ? t('dialog.reactivate')
        : t('dialog.cancel')
  return (
    <Modal opened={wanted !== null} onClose={onClose} title={title} size={480} closeButtonProps={{ 'aria-label': t('dialog.close') }}>
      {wanted && <Body wanted={wanted} subscription={subscription} onClose={onClose} />}
    </Modal>
  )
}

function Body({ wanted, subscription, onClose }: Props & { wanted: NonNullable<Props['wanted']> }) {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const [promise, setPromise] = useState<number | string>(PROMISE_LEAST)
  const [promised] = useDebouncedValue(promise, 300)
  const asked: PreviewOf = {
    action: wanted.action,
    ...(wanted.action === 'change' ? { plan: wanted.plan ?? null, interval: wanted.interval ?? null } : {}),
    ...(wanted.promise ? { monthly_conversations: Number(promised) } : {}),
  }
  const promiseWrong = wanted.promise === true && !(Number(promise) >= PROMISE_LEAST)
  const preview = usePreview(promiseWrong ? null : asked)
  const least = new Intl.NumberFormat(locale).format(PROMISE_LEAST)
  return (
    <Stack gap="md">
      {wanted.promise && (
        <NumberInput
          label={t('dialog.promise')}
          description={t('dialog.promiseHelp', { least })}
          value={promise}
          onChange={setPromise}
          min={0}
          allowDecimal={false}
          allowNegative={false}
          thousandSeparator={thousands(locale)}
          hideControls
          error={promiseWrong && t('dialog.promiseWrong', { least })}
        />
      )}
      {preview.isError && !preview.data && (
        <Alert color="red" role="alert">
          {sentence(preview.error, t('unreachable'))}
        </Alert>
      )}
      {preview.isFetching && !preview.data && <Skeleton height={168} aria-label={t('dialog.loading')} />}
      {preview.data && !promiseWrong && <Told preview={preview.data} />}
      <Act wanted={asked} preview={promiseWrong || preview.isFetching ? undefined : preview.data} subscription={subscription} onClose={onClose} onLookAgain={() => void preview.refetch()} />
    </Stack>
  )
}

const thousands = (locale: string): string => new Intl.NumberFormat(locale).formatToParts(1_000_000).find((part) => part.type === 'group')?.value ?? ','

function Told({ preview }: { preview: Preview }) {
  const { t } = useTranslation('plans')
  const place = usePlace()
  const say = (micros: number) => money(micros, preview.currency, place.locale)
  const later = preview.when === 'period_end'
  const today = dayOf(accountNow(), place.timeZone)
  const interval = t(`interval.${preview.interval}`)
  return (
    <>
      <ol className={classes.timeline} data-testid="preview">
        <li>
          <strong>{t('dialog.now')}</strong>
          <span data-testid="charged-now">{preview.amount_micros > 0 ? t('dialog.nowText', { amount: say(preview.amount_micros) }) : t('dialog.free')}</span>
          <small>{changeRule(preview.rule, place.locale)}</small>
        </li>
        {later && preview.on !== today && (
          <li>
            <strong>{t('dialog.on', { day: dayText(preview.on, place.locale) })}</strong>
            <span>{preview.action === 'cancel' ? t('dialog.ends') : t('dialog.changes', { plan: preview.plan_name, interval })}</span>
            {preview.next_fee_on === preview.on && <span>{t('dialog.next', { amount: say(preview.next_fee_micros) })}</span>}
          </li>
        )}
        {preview.next_fee_on && !(later && preview.next_fee_on === preview.on) && (
          <li>
            <strong>{t('dialog.on', { day: dayText(preview.next_fee_on, place.locale) })}</strong>
            <span>{t('dialog.next', { amount: say(preview.next_fee_micros) })}</span>
          </li>
        )}
        {preview.amount_micros > 0 && preview.enough_credit && (
          <li data-plain>
            <strong>{t('dialog.credit')}</strong>
            <span>{t('dialog.creditText', { amount: say(wholeCents(preview.available_micros)), after: say(wholeCents(preview.available_micros - preview.amount_micros)) })}</span>
          </li>
        )}
      </ol>
      {preview.action === 'cancel' && <p className={classes.dim}>{t('dialog.lost')}</p>}
      {!preview.enough_credit && (
        <Alert className={classes.notice} data-tone="warn">
          <p>
            {t('dialog.notEnough', {
              missing: say(-wholeCents(Math.max(0, preview.available_micros) - preview.amount_micros)),
              needed: say(preview.amount_micros),
              available: say(wholeCents(Math.max(0, preview.available_micros))),
            })}
          </p>
          <ButtonLink to="/billing" search={{ top_up: true }} size="sm" variant="default">
            {t('dialog.topUp')}
          </ButtonLink>
        </Alert>
      )}
    </>
  )
}

interface ActProps {
  wanted: PreviewOf
  preview: Preview | undefined
  subscription: Subscription
  onClose: () => void
  onLookAgain: () => void
}

function Act({ wanted, preview, subscription, onClose, onLookAgain }: ActProps) {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const [key, setKey] = useState(newId)
  const command = useCommand((of: Preview) => run(wanted, of, subscription, key))
  const day = preview ? dayText(preview.on, locale) : ''
  const amount = preview ? money(preview.amount_micros, preview.currency, locale) : ''
  const done = (): string => {
    if (wanted.action === 'cancel') return t('dialog.doneCancel', { day })
    if (wanted.action === 'reactivate') return t('dialog.doneAgain')
    return preview?.when === 'now' ? t('dialog.doneNow', { plan: preview.plan_name }) : t('dialog.doneLater', { plan: preview?.plan_name ?? '', day })
  }
  const label = (): string => {
    if (wanted.action === 'cancel') return t('dialog.cancelNow', { day })
    if (wanted.action === 'reactivate') return preview?.amount_micros ? t('dialog.again', { amount }) : t('dialog.againFree')
    if (preview?.when === 'period_end') return t('dialog.later', { day })
    return preview?.amount_micros ? t('dialog.pay', { amount }) : t('dialog.confirm')
  }
  const act = () => {
    if (!preview) return
    command.mutate(preview, {
      onSuccess: () => {
        notifications.show({ color: 'teal', message: done() })
        onClose()
      },
      onError: (error) => {
        // Refused is refused for this key; what is asked next is another wish. Not reached may have been done: the same wish.
        if (codeOf(error) !== null) setKey(newId())
        if (codeOf(error) === 'price_moved') onLookAgain()
      },
    })
  }
  return (
    <>
      {command.error && (
        <Alert color="red" role="alert">
          {codeOf(command.error) === 'price_moved' ? t('dialog.moved') : sentence(command.error, t('unreachable'))}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('cancel')}
        </Button>
        {preview && (
          <Button color={wanted.action === 'cancel' ? 'red.9' : undefined} disabled={!preview.enough_credit} loading={command.isPending} onClick={act}>
            {label()}
          </Button>
        )}
      </Group>
    </>
  )
}

function run(wanted: PreviewOf, preview: Preview, subscription: Subscription, key: string): Promise<Subscription> {
  if (wanted.action === 'cancel') return calls.cancelSubscription(key)
  if (wanted.action === 'reactivate') return calls.reactivate(key)
  const change = {
    plan: wanted.plan ?? subscription.plan,
    interval: wanted.interval ?? subscription.interval,
    monthly_conversations: wanted.monthly_conversations ?? null,
    expected_micros: preview.amount_micros,
  }
  return calls.changePlan(change, key)
}
