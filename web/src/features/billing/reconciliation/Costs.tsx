// What WhatsApp should charge, by day, category and country, beside what our own meter took.
import { BarChart } from '@mantine/charts'
import { Skeleton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import i18next from 'i18next'
import type { DaysQuery } from '../../../api/calls'
import type { Breakdown, ProviderCost } from '../../../api/types'
import { MICROS } from '../../../ui/format'
import { marketName } from '../../../ui/markets'
import { Money } from '../../../ui/Money'
import { usePlace } from '../../../ui/usePlace'
import { Failed } from '../Failed'
import { useBreakdown } from '../queries'
import { axisMoney, dayName } from '../spend'
import { besideDays, besideOf, type Beside, type BesideDay } from './compare'
import { useProviderCost } from './queries'
import billing from '../billing.module.css'
import classes from './reconciliation.module.css'

export function Costs({ span, days }: { span: DaysQuery; days: number }) {
  const { t } = useTranslation('reconciliation')
  const cost = useProviderCost(span)
  const byDay = useBreakdown('meter', days).data
  const byCategory = useBreakdown('category', days).data
  const byMarket = useBreakdown('market', days).data
  return (
    <section className={billing.section} aria-label={t('cost.title')}>
      <div>
        <h2>{t('cost.title')}</h2>
        <p className={classes.text}>{t('cost.text')}</p>
      </div>
      {cost.data ? <Drawn cost={cost.data} byDay={byDay} byCategory={byCategory} byMarket={byMarket} /> : cost.isError ? <Failed text={t('cost.failed')} onRetry={() => void cost.refetch()} /> : <Skeleton height={360} />}
    </section>
  )
}

interface Data {
  cost: ProviderCost
  byDay: Breakdown | undefined
  byCategory: Breakdown | undefined
  byMarket: Breakdown | undefined
}

function Drawn({ cost, byDay, byCategory, byMarket }: Data) {
  const { t } = useTranslation('reconciliation')
  const { locale } = usePlace()
  if (cost.messages === 0) return <p className={billing.chartEmpty}>{t('cost.empty')}</p>
  const rows = besideDays(cost, byDay)
  // Two currencies have no common axis: then each is told by itself.
  const oneCurrency = !byDay || byDay.currency === cost.currency
  const ourTotal = rows.reduce((sum, row) => sum + row.ourMicros, 0)
  const ourCurrency = byDay?.currency ?? cost.currency
  const category = (name: string) => (i18next.exists(`reconciliation:category.${name}`) ? t(`category.${name as 'marketing'}`) : name)
  return (
    <>
      <div className={classes.totals}>
        <Total name={t('cost.theirs')} tone="theirs" micros={cost.amount_micros} currency={cost.currency} note={cost.unpriced > 0 ? t('cost.unpriced', { count: cost.unpriced }) : t('cost.messages', { count: cost.messages })} />
        <Total name={t('cost.ours')} tone="ours" micros={ourTotal} currency={ourCurrency} note={t('cost.oursNote')} />
      </div>
      <figure className={billing.chart} aria-label={t('cost.chart')}>
        <BarChart
          h={200}
          data={rows.map((row) => ({ ...row, theirs: Math.max(0, row.theirMicros) / MICROS, ours: Math.max(0, row.ourMicros) / MICROS }))}
          dataKey="day"
          series={[
            { name: 'theirs', label: t('cost.theirs'), color: 'var(--cost-theirs)' },
            ...(oneCurrency ? [{ name: 'ours', label: t('cost.ours'), color: 'var(--cost-ours)' }] : []),
          ]}
          gridAxis="x"
          tickLine="none"
          maxBarWidth={16}
          yAxisProps={{ width: 46, tickFormatter: (value: number) => axisMoney(value, locale) }}
          xAxisProps={{ tickFormatter: (day: string) => dayName(day, locale, 'short'), interval: 'equidistantPreserveStart', minTickGap: 28 }}
          barChartProps={{ margin: { top: 10 } }}
          barProps={{ isAnimationActive: false }}
          tooltipProps={{ content: ({ label }) => <CostTip row={rows.find((row) => row.day === label)} theirs={cost.currency} ours={ourCurrency} /> }}
        />
      </figure>
      <div className={classes.tables}>
        <BesideTable title={t('cost.byCategory')} rows={besideOf(cost.categories, byCategory).filter((row) => row.messages > 0 || i18next.exists(`reconciliation:category.${row.name}`))} name={category} theirs={cost.currency} ours={ourCurrency} />
        <BesideTable title={t('cost.byMarket')} rows={besideOf(cost.markets, byMarket)} name={(name) => marketName(name, locale)} theirs={cost.currency} ours={ourCurrency} />
      </div>
    </>
  )
}

function Total({ name, tone, micros, currency, note }: { name: string; tone: string; micros: number; currency: string; note: string }) {
  return (
    <div>
      <span className={classes.totalName}>
        <span className={classes.dot} data-cost={tone} aria-hidden />
        {name}
      </span>
      <strong className={classes.total}><Money micros={micros} currency={currency} /></strong>
      <small className={billing.dim}>{note}</small>
    </div>
  )
}

function CostTip({ row, theirs, ours }: { row: BesideDay | undefined; theirs: string; ours: string }) {
  const { t } = useTranslation('reconciliation')
  const { locale } = usePlace()
  if (!row) return null
  return (
    <div className={billing.tooltip}>
      <strong>{dayName(row.day, locale, 'full')}</strong>
      <span className={billing.tooltipLine}>
        <span className={classes.dot} data-cost="theirs" />
        <span>{t('cost.theirs')}</span>
        <Money micros={row.theirMicros} currency={theirs} />
      </span>
      <span className={billing.tooltipLine}>
        <span className={classes.dot} data-cost="ours" />
        <span>{t('cost.ours')}</span>
        <Money micros={row.ourMicros} currency={ours} />
      </span>
      <small>{t('cost.messages', { count: row.messages })}</small>
    </div>
  )
}

function BesideTable({ title, rows, name, theirs, ours }: { title: string; rows: Beside[]; name: (name: string) => string; theirs: string; ours: string }) {
  const { t } = useTranslation('reconciliation')
  const { locale } = usePlace()
  const most = Math.max(1, ...rows.map((row) => Math.max(row.theirMicros, row.ourMicros)))
  const bar = (micros: number) => ({ width: `${(Math.max(0, micros) / most) * 100}%` })
  return (
    <div>
      <h3 className={classes.tableTitle}>{title}</h3>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{title}</th>
            <th scope="col">{t('cost.messagesWord')}</th>
            <th scope="col">{t('cost.theirs')}</th>
            <th scope="col">{t('cost.ours')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">
                {name(row.name)}
                <span className={classes.bars} aria-hidden>
                  <span data-cost="theirs" style={bar(row.theirMicros)} />
                  <span data-cost="ours" style={bar(row.ourMicros)} />
                </span>
              </th>
              <td>{row.messages.toLocaleString(locale)}</td>
              <td><Money micros={row.theirMicros} currency={theirs} why={row.unpriced > 0 ? t('cost.unpriced', { count: row.unpriced }) : undefined} /></td>
              <td><Money micros={row.ourMicros} currency={ours} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
