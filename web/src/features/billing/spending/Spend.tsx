// Spend by day, drawn by meter, category, country, number or flow. A part of a bar opens the charges behind it.
import { SegmentedControl, Skeleton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Breakdown } from '../../../api/types'
import { Money } from '../../../ui/Money'
import { Failed } from '../Failed'
import { useBreakdown } from '../queries'
import { periodDefault, periods, wayDefault, ways, type Period } from '../search'
import { useBillingSearch } from '../useBillingSearch'
import { perDayMicros } from './parts'
import { SpendChart } from './SpendChart'
import billing from '../billing.module.css'
import classes from './spending.module.css'

export function Spend() {
  const { t } = useTranslation(['spend', 'billing'])
  const { search, change } = useBillingSearch()
  const period = search.period ?? periodDefault
  const by = search.by ?? wayDefault
  const { data, isError, refetch } = useBreakdown(by, period)
  const notDefault = <V, D extends V>(known: readonly V[], value: string, usual: D) => known.find((each): each is Exclude<V, D> => String(each) === value && each !== usual)
  return (
    <section className={billing.section} aria-label={t('title')}>
      <div className={billing.sectionHead}>
        <div>
          <h2>{t('title')}</h2>
          {data ? <Sum spend={data} /> : <Skeleton height={18} width={180} mt={4} />}
        </div>
        <div className={classes.switches}>
          <SegmentedControl
            size="xs"
            className={classes.ways}
            aria-label={t('by')}
            value={by}
            onChange={(value) => change({ by: notDefault(ways, value, wayDefault) })}
            data={ways.map((way) => ({ value: way, label: t(`way.${way}`) }))}
          />
          <SegmentedControl
            size="xs"
            aria-label={t('period')}
            value={String(period)}
            onChange={(value) => change({ period: notDefault<Period, typeof periodDefault>(periods, value, periodDefault) })}
            data={periods.map((days) => ({ value: String(days), label: t('days', { count: days }) }))}
          />
        </div>
      </div>
      {isError && !data ? <Failed text={t('failed')} onRetry={() => void refetch()} /> : data ? <SpendChart spend={data} /> : <Skeleton height={268} />}
    </section>
  )
}

function Sum({ spend }: { spend: Breakdown }) {
  const { t } = useTranslation('spend')
  return (
    <p className={billing.dim}>
      <Money micros={spend.total_micros} currency={spend.currency} why={t('why', { zone: spend.time_zone })} />
      {' · '}
      <Money micros={roundedToMatter(perDayMicros(spend))} currency={spend.currency} /> {t('perDay')}
    </p>
  )
}

/** An average has no use for more than four decimals. */
const roundedToMatter = (micros: number): number => Math.round(micros / 100) * 100
