// A month under another plan: what it would have cost, and where the difference lies, line by line.
import { Alert, Select, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/planCalls'
import type { PlanOffer, Subscription, WhatIf } from '../../api/planTypes'
import { accountNow } from '../../ui/clock'
import { dayOf, money } from '../../ui/format'
import { AnchorLink } from '../../ui/links'
import { Empty, Page } from '../../ui/Page'
import { codeOf, sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { BillingNav } from '../billing/BillingNav'
import { Failed } from '../billing/Failed'
import { MoneyOnly } from '../billing/MoneyOnly'
import { monthsBack, monthText } from '../plans/days'
import { usePlans, useSubscription } from '../plans/queries'
import { Difference } from './Difference'
import { sums } from './lines'
import { MetaLines } from './MetaLines'
import classes from './whatif.module.css'

const MONTHS_SHOWN = 13
const OLD_AFTER_MS = 60_000
const route = getRouteApi('/frame/billing/what-if')

const useWhatIf = (query: calls.WhatIfQuery, enabled: boolean) =>
  useQuery({ queryKey: ['what_if', query], queryFn: () => calls.whatIf(query), staleTime: OLD_AFTER_MS, enabled })

export function WhatIfPage() {
  const { t } = useTranslation('whatif')
  return (
    <Page title={t('title')} text={t('text')}>
      <BillingNav />
      <MoneyOnly>
        <Chosen />
      </MoneyOnly>
    </Page>
  )
}

function Chosen() {
  const { t } = useTranslation('whatif')
  const { locale, timeZone } = usePlace()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const plans = usePlans()
  const subscription = useSubscription()
  const months = monthsBack(dayOf(accountNow(), timeZone), MONTHS_SHOWN)
  const month = search.month ?? months[0]?.slice(0, 7) ?? ''
  const plan = search.plan ?? otherPlan(plans.data, subscription.data)
  const change = (part: typeof search) => void navigate({ search: { ...search, ...part }, replace: true, resetScroll: false })
  return (
    <>
      <div className={classes.choices}>
        <Select
          label={t('month')}
          data={(months.includes(`${month}-01`) ? months : [`${month}-01`, ...months]).map((day) => ({ value: day.slice(0, 7), label: monthText(day, locale) }))}
          value={month}
          allowDeselect={false}
          onChange={(value) => change({ month: value ?? undefined })}
        />
        <Select
          label={t('plan')}
          data={plans.data?.map((offer) => ({ value: offer.code, label: offer.name })) ?? []}
          value={plan ?? null}
          allowDeselect={false}
          onChange={(value) => change({ plan: value ?? undefined })}
        />
      </div>
      {plans.isError && !plans.data && <Failed text={t('failed')} onRetry={() => void plans.refetch()} />}
      {plan && <Result key={`${month} ${plan}`} month={month} plan={plan} offers={plans.data ?? []} />}
      <AnchorLink to="/billing/plan">{t('toPlan')}</AnchorLink>
    </>
  )
}

/** To begin with, the next larger plan; for the largest, the one before it. */
function otherPlan(offers: PlanOffer[] | undefined, subscription: Subscription | undefined): string | undefined {
  if (!offers || !subscription) return undefined
  const sold = offers.filter((offer) => !offer.committed_only)
  const index = sold.findIndex((offer) => offer.code === subscription.plan)
  return (sold[index + 1] ?? sold[index - 1] ?? sold[0])?.code
}

function Result({ month, plan, offers }: { month: string; plan: string; offers: PlanOffer[] }) {
  const { t } = useTranslation('whatif')
  const { locale } = usePlace()
  const now = useWhatIf({ month }, true)
  const then = useWhatIf({ month, plan }, true)
  const error = now.error ?? then.error
  if (error && !(now.data && then.data)) {
    if (codeOf(error) !== null) {
      return (
        <Alert color="red" role="alert" title={t('failed')}>
          {sentence(error, t('unreachable'))}
        </Alert>
      )
    }
    return <Failed text={t('unreachable')} onRetry={() => void Promise.all([now.refetch(), then.refetch()])} />
  }
  if (!now.data || !then.data) return <Skeleton height={360} aria-label={t('loading')} />
  if (now.data.conversations === 0 && then.data.conversations === 0) return <Empty title={t('none', { month: monthText(`${month}-01`, locale) })} text={t('noneText')} />
  return <Told now={now.data} then={then.data} offers={offers} />
}

function Told({ now, then, offers }: { now: WhatIf; then: WhatIf; offers: PlanOffer[] }) {
  const { t } = useTranslation('whatif')
  const { locale } = usePlace()
  const fee = (code: string) => offers.find((offer) => offer.code === code)?.monthly_micros ?? 0
  const total = sums(now, then, fee(now.plan), fee(then.plan))
  const say = (micros: number) => money(micros, then.currency, locale)
  const month = monthText(then.month, locale)
  const same = now.plan === then.plan
  const way = total.differenceMicros === 0 ? 'same' : total.differenceMicros < 0 ? 'less' : 'more'
  return (
    <>
      <section className={classes.headline} aria-live="polite" data-testid="what-if">
        <h2 data-way={way}>{same ? t('headline.actual') : t(`headline.${way}`, { plan: then.plan_name, month, amount: say(Math.abs(total.differenceMicros)) })}</h2>
        <p>
          {same
            ? `${t('headline.actualText', { month, amount: say(now.amount_micros) })} ${now.amount_micros === now.actual_micros ? t('headline.matches') : t('headline.differs', { charged: say(now.actual_micros) })}`
            : t('headline.detail', { then: say(total.thenMicros), now: say(total.nowMicros) })}
        </p>
      </section>
      <Difference now={now} then={then} feeNow={fee(now.plan)} feeThen={fee(then.plan)} total={total} />
      {then.unpriced > 0 && <p className={classes.dim}>{t('unpriced', { count: then.unpriced })}</p>}
      <MetaLines whatIf={then} />
    </>
  )
}
