// The month as a bar: how much of its forecast is spent, and how much of it has passed. Pure.
import type { SpendMonth } from '../../../api/types'
import { dayDate } from '../spend'

const percent = (part: number, whole: number): number => (whole <= 0 ? 0 : Math.min(100, Math.max(0, Math.round((part / whole) * 1000) / 10)))

/** Without a forecast the bar shows only where today is. Spend ahead of today's mark means a dearer month. */
export function monthBar(month: SpendMonth): { spentPercent: number; todayPercent: number } {
  return {
    spentPercent: percent(month.spent_micros, month.forecast_micros ?? 0),
    todayPercent: percent(month.days_passed, month.days_in_month),
  }
}

export const monthEnd = (month: SpendMonth): string => `${month.month.slice(0, 8)}${String(month.days_in_month).padStart(2, '0')}`

export const monthName = (month: SpendMonth, locale: string): string => {
  const name = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', month: 'long' }).format(dayDate(month.month))
  return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1)
}
