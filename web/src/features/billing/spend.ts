// From the spend of days to the rows, sums and marks of the chart. Pure.
import type { Category, Spend } from '../../api/types'
import { MICROS } from '../../ui/format'
import { categories } from './search'

/** One bar: the day, and the spend of each category as a plain number for the axis. */
export type SpendRow = { day: string; conversations: number; totalMicros: number } & Partial<Record<Category, number>>

export function spendRows(spend: Spend): SpendRow[] {
  return spend.days.map((day) => ({
    day: day.day,
    conversations: day.conversations,
    totalMicros: day.total_micros,
    // A correction may leave a day below zero; a bar cannot, the sentence under it still can.
    ...Object.fromEntries(categories.map((category) => [category, Math.max(0, day.by_category[category] ?? 0) / MICROS])),
  }))
}

export interface CategoryTotal {
  category: Category
  micros: number
}

/** Categories that cost anything in the period, dearest first. */
export function categoryTotals(spend: Spend): CategoryTotal[] {
  return categories
    .map((category) => ({ category, micros: spend.days.reduce((sum, day) => sum + (day.by_category[category] ?? 0), 0) }))
    .filter((total) => total.micros !== 0)
    .sort((a, b) => b.micros - a.micros)
}

export const totalMicros = (spend: Spend): number => spend.days.reduce((sum, day) => sum + day.total_micros, 0)
export const conversations = (spend: Spend): number => spend.days.reduce((sum, day) => sum + day.conversations, 0)

/** A calendar day has no hour and no zone: reading it as noon keeps it on its own date everywhere. */
export const dayDate = (day: string): Date => new Date(`${day}T12:00:00Z`)

export const dayName = (day: string, locale: string, form: 'short' | 'full'): string =>
  new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    ...(form === 'short' ? { day: 'numeric', month: 'short' } : { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
  }).format(dayDate(day))

/** Words of the axis: as few decimals as tell the marks apart. */
export function axisMoney(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 2, notation: value >= 10_000 ? 'compact' : 'standard' }).format(value)
}
