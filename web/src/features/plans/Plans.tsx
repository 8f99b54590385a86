// The plans side by side, each with what the account's own last days would have cost on it.
import { Alert, SegmentedControl, Skeleton } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/planCalls'
import type { Interval, PlanComparison, PlanOffer, Subscription } from '../../api/planTypes'
import { AnchorLink } from '../../ui/links'
import { sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { Failed } from '../billing/Failed'
import { useSeesMoney } from '../billing/seesMoney'
import { CommandDialog } from './CommandDialog'
import { dayText } from './days'
import { cheapest } from './money'
import { PlanCard } from './PlanCard'
import { useCommand, useComparison, usePlans, useSubscription } from './queries'
import classes from './plans.module.css'

export function Plans({ owner }: { owner: boolean }) {
  const { t } = useTranslation('plans')
  const plans = usePlans()
  const subscription = useSubscription()
  const seesMoney = useSeesMoney()
  const comparison = useComparison(seesMoney)
  if (!plans.data && plans.isError) return <Failed text={t('plans.failed')} onRetry={() => void plans.refetch()} />
  if (!plans.data || !subscription.data || comparison.isLoading) {
    if (subscription.isError && !subscription.data) return null
    return (
      <section className={classes.section} aria-busy="true">
        <h2>{t('plans.titlePlain')}</h2>
        <Skeleton height={480} />
      </section>
    )
  }
  return <SideBySide owner={owner} offers={plans.data} subscription={subscription.data} comparison={comparison.data} failed={comparison.isError} />
}

interface Props {
  owner: boolean
  offers: PlanOffer[]
  subscription: Subscription
  comparison: PlanComparison | undefined
  failed: boolean
}

function SideBySide({ owner, offers, subscription, comparison, failed }: Props) {
  const { t } = useTranslation('plans')
  const [interval, setInterval] = useState<Interval>(subscription.interval)
  const [wanted, setWanted] = useState<PlanOffer | null>(null)
  const best = comparison && cheapest(comparison, offers, interval)
  const choose = useCommand(calls.choosePlan)
  const begun = subscription.status === 'active' || subscription.status === 'ended'
  const pick = (offer: PlanOffer) => {
    if (begun) return setWanted(offer)
    choose.mutate(
      { plan: offer.code, interval },
      {
        onSuccess: () => notifications.show({ color: 'teal', message: t('plans.chosenNow', { plan: offer.name }) }),
        onError: (error) => notifications.show({ color: 'red', message: sentence(error, t('unreachable')) }),
      },
    )
  }
  return (
    <section className={classes.section} aria-label={t('plans.titlePlain')}>
      <div className={classes.sectionHead}>
        <div>
          <h2>{comparison ? t('plans.title', { days: String(comparison.days) }) : t('plans.titlePlain')}</h2>
          {comparison && <Basis comparison={comparison} />}
        </div>
        <SegmentedControl
          size="sm"
          aria-label={t('plans.interval')}
          value={interval}
          onChange={(value) => setInterval(value === 'yearly' ? 'yearly' : 'monthly')}
          data={[
            { value: 'monthly', label: t('plans.monthly') },
            { value: 'yearly', label: t('plans.yearly') },
          ]}
        />
      </div>
      {failed && <Alert className={classes.notice}>{t('plans.noComparison')}</Alert>}
      <ul className={classes.cards}>
        {offers.map((offer) => (
          <PlanCard
            key={offer.code}
            offer={offer}
            interval={interval}
            subscription={subscription}
            comparison={comparison}
            best={best === offer.code}
            owner={owner}
            busy={choose.isPending && choose.variables.plan === offer.code}
            onPick={() => pick(offer)}
          />
        ))}
      </ul>
      {comparison && <AnchorLink to="/billing/what-if">{t('plans.whatIf')}</AnchorLink>}
      <CommandDialog
        wanted={wanted && { action: 'change', plan: wanted.code, interval: wanted.committed_only ? 'yearly' : interval, plan_name: wanted.name, promise: wanted.committed_only }}
        subscription={subscription}
        onClose={() => setWanted(null)}
      />
    </section>
  )
}

function Basis({ comparison }: { comparison: PlanComparison }) {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const count = (n: number) => new Intl.NumberFormat(locale).format(n)
  return (
    <p className={classes.dim} data-testid="basis">
      {t('plans.basis', {
        first: dayText(comparison.first_day, locale),
        last: dayText(comparison.last_day, locale),
        conversations: t('plans.conversations', { count: comparison.conversations, replace: { count: count(comparison.conversations) } }),
        agents: t('plans.agents', { count: comparison.agents }),
      })}
    </p>
  )
}
