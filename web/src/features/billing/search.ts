// What the address of the page says: which list, which days, which charge is open. Anything else is forgotten.
import type { Category } from '../../api/types'

export const categories: readonly Category[] = ['marketing', 'utility', 'authentication', 'service', 'referral_conversion']
export const periods = [7, 30, 90] as const
export type Period = (typeof periods)[number]
export const periodDefault: Period = 30

export interface BillingSearch {
  tab?: 'statement' | undefined
  period?: Period | undefined
  category?: Category | undefined
  day?: string | undefined
  charge?: string | undefined
  top_up?: true | undefined
}

const realDay = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined

export function billingSearch(search: Record<string, unknown>): BillingSearch {
  return {
    tab: search.tab === 'statement' ? 'statement' : undefined,
    period: periods.find((period) => period === search.period && period !== periodDefault),
    category: categories.find((category) => category === search.category),
    day: realDay(search.day),
    charge: typeof search.charge === 'string' && search.charge !== '' ? search.charge : undefined,
    top_up: search.top_up === true ? true : undefined,
  }
}
