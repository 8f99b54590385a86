// Spend by day, stacked by category. A bar opens the charges of its day; a name in the legend shows its charges only.
import { BarChart } from '@mantine/charts'
import { SegmentedControl, Skeleton, UnstyledButton } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Spend as SpendData } from '../../api/types'
import { Money } from '../../ui/Money'
import { usePlace } from '../../ui/usePlace'
import { Failed } from './Failed'
import { useSpend } from './queries'
import { categories, periodDefault, periods, type Period } from './search'
import { axisMoney, categoryTotals, conversations, dayName, spendRows, totalMicros, type SpendRow } from './spend'
import { useBillingSearch } from './useBillingSearch'
import classes from './billing.module.css'

export function Spend() {
  const { t } = useTranslation('billing')
  const { search, change } = useBillingSearch()
  const period = search.period ?? periodDefault
  const { data, isError, refetch } = useSpend(period)
  return (
    <section className={classes.section} aria-label={t('spend.title')}>
      <div className={classes.sectionHead}>
        <div>
          <h2>{t('spend.title')}</h2>
          {data && <Sum spend={data} />}
        </div>
        <SegmentedControl
          size="xs"
          aria-label={t('spend.period')}
          value={String(period)}
          onChange={(value) => change({ period: periods.find((days): days is Exclude<Period, typeof periodDefault> => String(days) === value && days !== periodDefault) })}
          data={periods.map((days) => ({ value: String(days), label: t('spend.days', { count: days }) }))}
        />
      </div>
      {isError && !data ? <Failed text={t('spend.failed')} onRetry={() => void refetch()} /> : data ? <Chart spend={data} /> : <Skeleton height={268} />}
    </section>
  )
}

function Sum({ spend }: { spend: SpendData }) {
  const { t } = useTranslation('billing')
  const count = conversations(spend)
  return (
    <p className={classes.dim}>
      <Money micros={totalMicros(spend)} currency={spend.currency} why={t('spend.why', { count, zone: spend.time_zone })} /> · {t('spend.conversations', { count })}
    </p>
  )
}

function Chart({ spend }: { spend: SpendData }) {
  const { t } = useTranslation('billing')
  const { locale } = usePlace()
  const { search, change } = useBillingSearch()
  const rows = useMemo(() => spendRows(spend), [spend])
  const totals = useMemo(() => categoryTotals(spend), [spend])
  if (totals.length === 0 && conversations(spend) === 0) return <p className={classes.chartEmpty}>{t('spend.empty')}</p>
  const shown = categories.filter((category) => totals.some((total) => total.category === category))
  const open = (day: unknown) => typeof day === 'string' && change({ day, tab: undefined })
  return (
    <>
      <figure className={classes.chart} aria-label={t('spend.chart')}>
        <BarChart
          h={220}
          data={rows}
          dataKey="day"
          type="stacked"
          series={shown.map((name) => ({ name, label: t(`category.${name}`), color: `var(--cat-${name})` }))}
          gridAxis="x"
          tickLine="none"
          maxBarWidth={34}
          yAxisProps={{ width: 46, tickFormatter: (value: number) => axisMoney(value, locale) }}
          xAxisProps={{ tickFormatter: (day: string) => dayName(day, locale, 'short'), interval: 'equidistantPreserveStart', minTickGap: 28 }}
          barChartProps={{ margin: { top: 10 }, onClick: (state) => open(state.activeLabel) }}
          barProps={{ isAnimationActive: false, cursor: 'pointer', onClick: (bar) => open((bar.payload as SpendRow | undefined)?.day) }}
          tooltipProps={{ content: ({ label }) => <DayTooltip row={rows.find((row) => row.day === label)} currency={spend.currency} spend={spend} /> }}
        />
      </figure>
      <ul className={classes.legend}>
        {totals.map(({ category, micros }) => (
          <li key={category}>
            <UnstyledButton
              className={classes.legendItem}
              aria-pressed={search.category === category}
              onClick={() => change({ category: search.category === category ? undefined : category, tab: undefined })}
            >
              <span className={classes.swatch} data-category={category} aria-hidden />
              {t(`category.${category}`)}
              <Money micros={micros} currency={spend.currency} />
            </UnstyledButton>
          </li>
        ))}
      </ul>
      <DayTable rows={rows} currency={spend.currency} />
    </>
  )
}

function DayTooltip({ row, currency, spend }: { row: SpendRow | undefined; currency: string; spend: SpendData }) {
  const { t } = useTranslation('billing')
  const { locale } = usePlace()
  if (!row) return null
  const parts = spend.days.find((day) => day.day === row.day)?.by_category ?? {}
  return (
    <div className={classes.tooltip}>
      <strong>{dayName(row.day, locale, 'full')}</strong>
      {categories.map((category) => {
        const micros = parts[category]
        return micros === undefined || micros === 0 ? null : (
          <span key={category} className={classes.tooltipLine}>
            <span className={classes.swatch} data-category={category} />
            <span>{t(`category.${category}`)}</span>
            <Money micros={micros} currency={currency} />
          </span>
        )
      })}
      <span className={classes.tooltipSum}>
        <span>{t('spend.conversations', { count: row.conversations })}</span>
        <Money micros={row.totalMicros} currency={currency} />
      </span>
      <small>{t('spend.open')}</small>
    </div>
  )
}

/** The same figures for those who cannot see bars, each day with the same way to its charges. */
function DayTable({ rows, currency }: { rows: SpendRow[]; currency: string }) {
  const { t } = useTranslation('billing')
  const { locale } = usePlace()
  const { change } = useBillingSearch()
  return (
    <details className={classes.days}>
      <summary>{t('spend.table')}</summary>
      <table>
        <thead>
          <tr>
            <th>{t('spend.day')}</th>
            <th>{t('spend.conversationsWord')}</th>
            <th>{t('spend.amount')}</th>
          </tr>
        </thead>
        <tbody>
          {[...rows].reverse().filter((row) => row.conversations > 0).map((row) => (
            <tr key={row.day}>
              <td>
                <UnstyledButton className={classes.dayLink} onClick={() => change({ day: row.day, tab: undefined })}>{dayName(row.day, locale, 'full')}</UnstyledButton>
              </td>
              <td>{row.conversations}</td>
              <td><Money micros={row.totalMicros} currency={currency} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
