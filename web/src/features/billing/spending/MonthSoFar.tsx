// What this month has cost, and what it will have cost if use goes on as it does.
import { Skeleton, Tooltip } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { SpendMonth } from '../../../api/types'
import { Money } from '../../../ui/Money'
import { usePlace } from '../../../ui/usePlace'
import { Failed } from '../Failed'
import { useMonth } from '../queries'
import { monthBar, monthEnd, monthName } from './month'
import { usePartName } from './names'
import { dayName } from '../spend'
import billing from '../billing.module.css'
import classes from './spending.module.css'

export function MonthSoFar() {
  const { t } = useTranslation('spend')
  const { locale } = usePlace()
  const { data, isError, refetch } = useMonth()
  return (
    <div className={classes.month} role="group" aria-label={t('month.title')}>
      <h2>{data ? t('month.soFar', { month: monthName(data, locale) }) : t('month.title')}</h2>
      {data ? <Figures month={data} /> : isError ? <Failed text={t('month.failed')} onRetry={() => void refetch()} /> : <Skeleton height={112} />}
    </div>
  )
}

function Figures({ month }: { month: SpendMonth }) {
  const { t } = useTranslation('spend')
  const { locale } = usePlace()
  const name = usePartName('meter')
  const bar = monthBar(month)
  const end = dayName(monthEnd(month), locale, 'short')
  const passed = t('month.day', { day: month.days_passed, days: month.days_in_month })
  return (
    <>
      <p className={classes.monthSum} data-testid="month-spent">
        <Money micros={month.spent_micros} currency={month.currency} why={t('month.why')} />
      </p>
      <Tooltip label={t('month.forecastWhy')} multiline maw={320} disabled={month.forecast_micros === null}>
        <p className={billing.runway} tabIndex={month.forecast_micros === null ? undefined : 0} data-testid="month-forecast">
          {month.forecast_micros === null ? (
            t('month.noForecast')
          ) : (
            <>
              {t('month.about')} <Money micros={month.forecast_micros} currency={month.currency} /> {t('month.by', { day: end })}
            </>
          )}
        </p>
      </Tooltip>
      <div className={classes.bar} aria-hidden>
        <span className={classes.spent} style={{ width: `${bar.spentPercent}%` }} />
        <span className={classes.today} style={{ insetInlineStart: `${bar.todayPercent}%` }} />
      </div>
      <p className={classes.passed}>{passed}</p>
      {month.by_meter.length > 1 && (
        <ul className={classes.meters}>
          {month.by_meter.map((meter) => (
            <li key={meter.key}>
              {name(meter.key)} <Money micros={meter.amount_micros} currency={month.currency} />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
