// One plan beside the others: its price, what the account would have paid on it, what it includes, and the way to it.
import { Button } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Interval, PlanComparison, PlanOffer, Subscription } from '../../api/planTypes'
import { money } from '../../ui/format'
import { StatusBadge } from '../../ui/StatusBadge'
import { usePlace } from '../../ui/usePlace'
import { OwnerOnly } from './Current'
import { dayText } from './days'
import { PROMISE_LEAST } from './CommandDialog'
import { estimate, feePerMonth, toCents, yearlySaving } from './money'
import classes from './plans.module.css'

interface Props {
  offer: PlanOffer
  interval: Interval
  subscription: Subscription
  comparison: PlanComparison | undefined
  best: boolean
  owner: boolean
  busy: boolean
  onPick: () => void
}

export function PlanCard(props: Props) {
  const { t } = useTranslation('plans')
  const { offer, subscription, best } = props
  const current = subscription.plan === offer.code && subscription.status !== 'none'
  return (
    <li className={classes.card} data-current={current || undefined} data-testid={`plan-${offer.code}`}>
      <h3 className={classes.cardName}>
        {offer.name}
        {current && <StatusBadge tone="plain" size="sm">{t('plans.currentPlan')}</StatusBadge>}
        {best && <StatusBadge tone="good" size="sm">{t('plans.cheapest')}</StatusBadge>}
      </h3>
      <Price {...props} />
      <WouldHave {...props} current={current} />
      <Pick {...props} />
      <Included offer={offer} />
    </li>
  )
}

function Price({ offer, interval }: Props) {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const say = (micros: number) => money(micros, offer.currency, locale)
  const own = feePerMonth(offer, interval)
  const shown = own ?? feePerMonth(offer, interval === 'monthly' ? 'yearly' : 'monthly') ?? offer.monthly_micros
  const saving = yearlySaving(offer)
  const under = (): string => {
    if (own === null) return interval === 'monthly' ? t('plans.yearlyOnly') : t('plans.monthlyOnly')
    if (interval === 'monthly') return t('plans.billedMonthly')
    const amount = say(offer.yearly_micros ?? 0)
    return saving > 0 ? t('plans.billedYearly', { amount, percent: String(saving) }) : t('plans.billedYearlySame', { amount })
  }
  return (
    <p className={classes.price}>
      <strong>{say(shown)}</strong> <span>{t('plans.aMonth')}</span>
      <small>{under()}</small>
    </p>
  )
}

/** On the account's own last days; against what it has now. */
function WouldHave({ offer, interval, comparison, current, subscription }: Props & { current: boolean }) {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const cost = comparison?.plans.find((one) => one.plan === offer.code)
  if (!comparison || !cost) return <div />
  const say = (micros: number) => money(toCents(micros), comparison.currency, locale)
  const here = estimate(cost, offer, interval)
  const base = comparison.plans.find((one) => one.is_current)
  const now = base ? (current && interval === subscription.interval ? here.totalMicros : base.total_micros) : null
  const difference = now === null ? 0 : here.totalMicros - now
  const tooMany = offer.agents_max !== null && comparison.agents > offer.agents_max
  return (
    <div className={classes.would}>
      <span className={classes.dim}>{current && interval === subscription.interval ? t('plans.paid') : t('plans.wouldHave')}</span>
      <strong data-testid="would-have">{say(here.totalMicros)}</strong>
      {difference !== 0 && (
        <span className={difference < 0 ? classes.good : classes.dim}>{difference < 0 ? t('plans.less', { amount: say(-difference) }) : t('plans.more', { amount: say(difference) })}</span>
      )}
      <small>{t('plans.parts', { fee: say(here.feeMicros), agents: say(here.agentsMicros), conversations: say(here.conversationsMicros) })}</small>
      {tooMany && <small className={classes.warn}>{t('plans.unfit', { max: String(offer.agents_max), agents: String(comparison.agents) })}</small>}
    </div>
  )
}

function Pick({ offer, interval, subscription, owner, busy, onPick }: Props) {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const same = subscription.plan === offer.code
  const begun = subscription.status === 'active'
  const here = same && subscription.interval === interval && subscription.status !== 'none' && subscription.status !== 'ended'
  const pending = subscription.pending?.kind === 'change' && subscription.pending.plan === offer.code ? subscription.pending : null
  if (here || (pending && pending.interval === interval)) {
    return (
      <Button variant="default" disabled leftSection={<IconCheck size={16} />} fullWidth>
        {pending ? t('plans.isPending', { day: dayText(pending.on, locale) }) : begun ? t('plans.isCurrent') : t('plans.chosen')}
      </Button>
    )
  }
  const sold = feePerMonth(offer, interval) !== null || offer.committed_only
  const ready = sold && subscription.status !== 'ended' && (begun || !offer.committed_only)
  const label = (): string => {
    if (!begun) return t('plans.choose', { plan: offer.name })
    if (same) return interval === 'yearly' ? t('plans.changeYearly') : t('plans.changeMonthly')
    return t('plans.change', { plan: offer.name })
  }
  return (
    <OwnerOnly owner={owner}>
      <Button px="xs" variant={same ? 'light' : 'default'} disabled={!owner || !ready} loading={busy} onClick={onPick} fullWidth>
        {label()}
      </Button>
    </OwnerOnly>
  )
}

function Included({ offer }: { offer: PlanOffer }) {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const say = (micros: number) => money(micros, offer.currency, locale)
  const count = (n: number) => new Intl.NumberFormat(locale).format(n)
  const agents = (): [string, string] => {
    if (offer.included_agents === null) return offer.agents_max === null ? [t('plans.agentsUnlimited'), ''] : [t('plans.agentsFree', { count: offer.agents_max }), '']
    const amount = say(offer.extra_agent_micros)
    return [
      t('plans.agentsIncluded', { count: offer.included_agents }),
      offer.agents_max === null ? t('plans.agentEachOpen', { amount }) : offer.agents_max > offer.included_agents ? t('plans.agentEach', { amount, max: count(offer.agents_max) }) : '',
    ]
  }
  const each = say(offer.conversation_overage_micros)
  const rows: [string, string][] = [
    offer.included_conversations > 0
      ? [t('plans.included', { count: offer.included_conversations, replace: { count: count(offer.included_conversations) } }), t('plans.thenEach', { amount: each })]
      : [t('plans.noneIncluded'), t('plans.fromFirst', { amount: each })],
    ...(offer.committed_only ? [[t('plans.promise', { count: PROMISE_LEAST, replace: { count: count(PROMISE_LEAST) } }), ''] as [string, string]] : []),
    agents(),
    [t('plans.steps', { count: offer.included_steps, replace: { count: count(offer.included_steps) } }), t('plans.stepEach', { amount: say(offer.step_overage_micros), quantity: count(offer.step_overage_quantity) })],
    [t('plans.flow', { amount: say(offer.flow_month_micros) }), t('plans.flowDays')],
  ]
  return (
    <ul className={classes.includes}>
      {rows.map(([what, then]) => (
        <li key={what}>
          {what}
          {then && <small>{then}</small>}
        </li>
      ))}
    </ul>
  )
}
