// The headline: how much is explained; then by class, and by day.
import { BarChart } from '@mantine/charts'
import { Skeleton, UnstyledButton } from '@mantine/core'
import { useMemo, type MouseEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReconciledClass, Reconciliation } from '../../../api/types'
import { factTime } from '../../../ui/format'
import { Money } from '../../../ui/Money'
import { Empty } from '../../../ui/Page'
import { usePlace } from '../../../ui/usePlace'
import { Failed } from '../Failed'
import { dayName } from '../spend'
import { daysOf, sharesOf, type ClassDay } from './compare'
import { classes as names } from './search'
import billing from '../billing.module.css'
import classes from './reconciliation.module.css'

type Open = (name: ReconciledClass, day: string | undefined) => void
interface Props {
  query: { data: Reconciliation | undefined; isError: boolean; refetch: () => Promise<unknown> }
  onOpen: Open
}

export function Explained({ query: { data, isError, refetch }, onOpen }: Props) {
  const { t } = useTranslation('reconciliation')
  if (!data) return isError ? <Failed text={t('failed')} onRetry={() => void refetch()} /> : <Skeleton height={420} />
  if (data.messages === 0 && data.statement.days.length === 0) return <Empty title={t('none')} text={t('noneHelp')} />
  return (
    <section className={billing.section} aria-label={t('explained')}>
      <div className={classes.top}>
        <Headline data={data} />
        <Shares data={data} onOpen={onOpen} />
      </div>
      <Days data={data} onOpen={onOpen} />
      <Figures data={data} />
    </section>
  )
}

function Headline({ data }: { data: Reconciliation }) {
  const { t } = useTranslation('reconciliation')
  const { locale } = usePlace()
  const percent = (value: number) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(value / 100)
  const explained = data.classes.filter((each) => each.class === 'match' || each.class === 'timing').reduce((sum, each) => sum + each.messages, 0)
  return (
    <div>
      <h2>{t('explained')}</h2>
      <p className={classes.percent} data-testid="explained">{data.explained_percent === null ? '–' : percent(data.explained_percent)}</p>
      <p className={billing.dim}>{t('explainedText', { count: data.messages, explained: explained.toLocaleString(locale), messages: data.messages.toLocaleString(locale) })}</p>
    </div>
  )
}

function Shares({ data, onOpen }: { data: Reconciliation; onOpen: Open }) {
  const { t } = useTranslation('reconciliation')
  const { locale } = usePlace()
  const shares = sharesOf(data)
  return (
    <div className={classes.shares}>
      <div className={classes.stack} aria-hidden>
        {[...shares].reverse().map((share) => share.messages > 0 && <span key={share.class} data-class={share.class} style={{ flexGrow: share.messages }} />)}
      </div>
      <ul className={classes.classList}>
        {shares.map((share) => (
          <li key={share.class}>
            <UnstyledButton className={classes.classLine} onClick={() => onOpen(share.class, undefined)}>
              <span className={classes.dot} data-class={share.class} aria-hidden />
              <span className={classes.className}>
                <strong>{t(`class.${share.class}`)}</strong>
                <small>{t(`classHelp.${share.class}`)}</small>
              </span>
              <span className={classes.count}>{share.messages.toLocaleString(locale)}</span>
              <span className={classes.sum}>
                <Money micros={share.micros} currency={data.currency} why={t('classWhy')} />
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Days({ data, onOpen }: { data: Reconciliation; onOpen: Open }) {
  const { t } = useTranslation('reconciliation')
  const { locale } = usePlace()
  const rows = useMemo(() => daysOf(data), [data])
  const shown = names.filter((name) => rows.some((row) => row[name] > 0))
  return (
    <>
      <figure className={billing.chart} aria-label={t('chart')}>
        <BarChart
          h={180}
          data={rows}
          dataKey="day"
          type="stacked"
          series={[...shown].reverse().map((name) => ({ name, label: t(`class.${name}`), color: `var(--class-${name})` }))}
          gridAxis="x"
          tickLine="none"
          maxBarWidth={34}
          yAxisProps={{ width: 46, allowDecimals: false }}
          xAxisProps={{ tickFormatter: (day: string) => dayName(day, locale, 'short'), interval: 'equidistantPreserveStart', minTickGap: 28 }}
          barChartProps={{ margin: { top: 10 } }}
          barProps={(series) => ({
            isAnimationActive: false,
            cursor: 'pointer',
            onClick: (bar: { payload?: ClassDay }, _index: number, event: MouseEvent) => {
              event.stopPropagation()
              onOpen(series.name as ReconciledClass, bar.payload?.day)
            },
          })}
          tooltipProps={{ content: ({ label }) => <DayTip row={rows.find((row) => row.day === label)} /> }}
        />
      </figure>
      <DayTable rows={rows} shown={shown} onOpen={onOpen} />
    </>
  )
}

function DayTip({ row }: { row: ClassDay | undefined }) {
  const { t } = useTranslation('reconciliation')
  const { locale } = usePlace()
  if (!row) return null
  return (
    <div className={billing.tooltip}>
      <strong>{dayName(row.day, locale, 'full')}</strong>
      {names.map((name) => row[name] > 0 && (
        <span key={name} className={billing.tooltipLine}>
          <span className={classes.dot} data-class={name} />
          <span>{t(`class.${name}`)}</span>
          <span>{row[name].toLocaleString(locale)}</span>
        </span>
      ))}
      <small>{t('open')}</small>
    </div>
  )
}

function DayTable({ rows, shown, onOpen }: { rows: ClassDay[]; shown: ReconciledClass[]; onOpen: Open }) {
  const { t } = useTranslation('reconciliation')
  const { locale } = usePlace()
  return (
    <details className={billing.days}>
      <summary>{t('table')}</summary>
      <div className={classes.tableBox} tabIndex={0} role="region" aria-label={t('table')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('day')}</th>
              {shown.map((name) => <th key={name} scope="col">{t(`class.${name}`)}</th>)}
            </tr>
          </thead>
          <tbody>
            {[...rows].reverse().filter((row) => shown.some((name) => row[name] > 0)).map((row) => (
              <tr key={row.day}>
                <th scope="row">{dayName(row.day, locale, 'full')}</th>
                {shown.map((name) => (
                  <td key={name}>
                    {row[name] > 0 ? <UnstyledButton className={billing.dayLink} onClick={() => onOpen(name, row.day)}>{row[name].toLocaleString(locale)}</UnstyledButton> : <span className={billing.dim}>–</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}

/** The comparison with WhatsApp's own daily figures. */
function Figures({ data: { statement } }: { data: Reconciliation }) {
  const { t } = useTranslation('reconciliation')
  const place = usePlace()
  const percent = statement.explained_percent
  const odd = statement.days.filter((day) => day.missing_webhook + day.extra + day.price_differs > 0)
  return (
    <div className={classes.figures}>
      <h3>{t('figures.title')}</h3>
      <p className={billing.dim}>
        {statement.fetched_at === null ? t('figures.never') : t('figures.fetched', { when: factTime(statement.fetched_at, place) })}
        {percent !== null && statement.fetched_at !== null && ` ${t('figures.explained', { percent: new Intl.NumberFormat(place.locale, { style: 'percent', maximumFractionDigits: 1 }).format(percent / 100) })}`}
      </p>
      {statement.problem && <p className={classes.problem} role="status">{t('figures.problem', { problem: statement.problem })}</p>}
      {odd.length > 0 && (
        <div className={classes.tableBox} tabIndex={0} role="region" aria-label={t('figures.title')}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t('day')}</th>
                <th scope="col">{t('figures.missing_webhook')}</th>
                <th scope="col">{t('figures.extra')}</th>
                <th scope="col">{t('figures.price_differs')}</th>
              </tr>
            </thead>
            <tbody>
              {[...odd].reverse().map((day) => (
                <tr key={day.day}>
                  <th scope="row">{dayName(day.day, place.locale, 'full')}</th>
                  {[day.missing_webhook, day.extra, day.price_differs].map((count, index) => (
                    <td key={index} className={count > 0 ? classes.bad : billing.dim}>{count.toLocaleString(place.locale)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}
