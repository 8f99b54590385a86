// The bars with their legend and, for those who cannot see them, the same as a table.
import { BarChart } from '@mantine/charts'
import { UnstyledButton } from '@mantine/core'
import { useMemo, type MouseEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Breakdown } from '../../../api/types'
import { Money } from '../../../ui/Money'
import { usePlace } from '../../../ui/usePlace'
import { allCharges, type BillingSearch } from '../search'
import { axisMoney, dayName } from '../spend'
import { useBillingSearch } from '../useBillingSearch'
import { usePartName } from './names'
import { chargesOf, colourOf, isChosen, partsOf, rowsOf, type Part, type Row } from './parts'
import billing from '../billing.module.css'
import classes from './spending.module.css'

interface Drawn {
  spend: Breakdown
  parts: Part[]
  rows: Row[]
  nameOf: (part: Part) => string
}

export function SpendChart({ spend }: { spend: Breakdown }) {
  const { t } = useTranslation('spend')
  const { locale } = usePlace()
  const { change } = useBillingSearch()
  const name = usePartName(spend.by)
  const parts = useMemo(() => partsOf(spend), [spend])
  const rows = useMemo(() => rowsOf(spend, parts), [spend, parts])
  const nameOf = (part: Part) => (part.isRest ? t('rest', { count: part.keys.length }) : name(part.keys[0] ?? ''))
  if (parts.length === 0) return <p className={billing.chartEmpty}>{t(spend.by === 'flow' ? 'emptyFlows' : 'empty')}</p>
  const open = (day: unknown, more: BillingSearch = allCharges) => typeof day === 'string' && change({ ...more, day, tab: undefined })
  const drawn = { spend, parts, rows, nameOf }
  return (
    <>
      <figure className={billing.chart} aria-label={t('chart')}>
        <BarChart
          h={220}
          data={rows}
          dataKey="day"
          type="stacked"
          series={parts.map((part) => ({ name: part.slot, label: nameOf(part), color: colourOf(spend.by, part) }))}
          gridAxis="x"
          tickLine="none"
          maxBarWidth={34}
          yAxisProps={{ width: 46, tickFormatter: (value: number) => axisMoney(value, locale) }}
          xAxisProps={{ tickFormatter: (day: string) => dayName(day, locale, 'short'), interval: 'equidistantPreserveStart', minTickGap: 28 }}
          barChartProps={{ margin: { top: 10 }, onClick: (state) => open(state.activeLabel) }}
          barProps={(series) => ({
            isAnimationActive: false,
            cursor: 'pointer',
            onClick: (bar: { payload?: Row }, _index: number, event: MouseEvent) => {
              // The chart behind the bar would open the whole day.
              event.stopPropagation()
              const part = parts.find((each) => each.slot === series.name)
              open(bar.payload?.day, (part && chargesOf(spend.by, part)) ?? allCharges)
            },
          })}
          tooltipProps={{ content: ({ label }) => <DayTooltip drawn={drawn} row={rows.find((row) => row.day === label)} /> }}
        />
      </figure>
      <Legend {...drawn} />
      <DayTable {...drawn} />
    </>
  )
}

function Legend({ spend, parts, nameOf }: Drawn) {
  const { search, change } = useBillingSearch()
  return (
    <ul className={billing.legend}>
      {parts.map((part) => {
        const charges = chargesOf(spend.by, part)
        const chosen = isChosen(spend.by, part, search)
        const line = (
          <>
            <span className={billing.swatch} style={{ background: colourOf(spend.by, part) }} aria-hidden />
            {nameOf(part)}
            <Money micros={part.micros} currency={spend.currency} />
          </>
        )
        return (
          <li key={part.slot}>
            {charges ? (
              <UnstyledButton className={billing.legendItem} aria-pressed={chosen} onClick={() => change({ ...(chosen ? allCharges : charges), tab: undefined })}>
                {line}
              </UnstyledButton>
            ) : (
              <span className={billing.legendItem} data-plain>
                {line}
              </span>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function DayTooltip({ drawn: { spend, parts, nameOf }, row }: { drawn: Drawn; row: Row | undefined }) {
  const { t } = useTranslation('spend')
  const { locale } = usePlace()
  if (!row) return null
  return (
    <div className={billing.tooltip}>
      <strong>{dayName(row.day, locale, 'full')}</strong>
      {parts.map((part) => {
        const micros = row.micros[part.slot] ?? 0
        return micros === 0 ? null : (
          <span key={part.slot} className={billing.tooltipLine}>
            <span className={billing.swatch} style={{ background: colourOf(spend.by, part) }} />
            <span>{nameOf(part)}</span>
            <Money micros={micros} currency={spend.currency} />
          </span>
        )
      })}
      <span className={billing.tooltipSum}>
        <span>{t('sum')}</span>
        <Money micros={row.totalMicros} currency={spend.currency} />
      </span>
      <small>{t('open')}</small>
    </div>
  )
}

/** Each figure has the same way to its charges as its part of the bar. */
function DayTable({ spend, parts, rows, nameOf }: Drawn) {
  const { t } = useTranslation('spend')
  const { locale } = usePlace()
  const { change } = useBillingSearch()
  return (
    <details className={billing.days}>
      <summary>{t('table')}</summary>
      <div className={classes.tableBox} tabIndex={0} role="region" aria-label={t('table')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('day')}</th>
              {parts.map((part) => (
                <th key={part.slot} scope="col">
                  {nameOf(part)}
                </th>
              ))}
              <th scope="col">{t('sum')}</th>
            </tr>
          </thead>
          <tbody>
            {[...rows].reverse().filter((row) => parts.some((part) => row.micros[part.slot] !== 0)).map((row) => (
              <tr key={row.day}>
                <th scope="row">
                  <UnstyledButton className={billing.dayLink} onClick={() => change({ ...allCharges, day: row.day, tab: undefined })}>{dayName(row.day, locale, 'full')}</UnstyledButton>
                </th>
                {parts.map((part) => (
                  <td key={part.slot}>
                    <Figure spend={spend} part={part} row={row} />
                  </td>
                ))}
                <td><Money micros={row.totalMicros} currency={spend.currency} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}

function Figure({ spend, part, row }: { spend: Breakdown; part: Part; row: Row }) {
  const { change } = useBillingSearch()
  const micros = row.micros[part.slot] ?? 0
  const charges = chargesOf(spend.by, part)
  if (micros === 0) return <span className={billing.dim}>–</span>
  const amount = <Money micros={micros} currency={spend.currency} />
  return charges ? (
    <UnstyledButton className={billing.dayLink} onClick={() => change({ ...charges, day: row.day, tab: undefined })}>
      {amount}
    </UnstyledButton>
  ) : (
    amount
  )
}
