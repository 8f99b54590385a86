// What the address of the page says: which list, which days, which charge is open. Anything else is forgotten.
import type { Category, SpendBy } from '../../api/types'

export const categories: readonly Category[] = ['marketing', 'utility', 'authentication', 'service', 'referral_conversion']
export const chargeCategories = [...categories, 'plan_fee', 'agent', 'flow_day', 'step', 'commitment', 'tax'] as const
export const periods = [7, 30, 90] as const
export type Period = (typeof periods)[number]
export const periodDefault: Period = 30
export const ways: readonly SpendBy[] = ['meter', 'category', 'market', 'number', 'flow']
export const wayDefault: SpendBy = 'category'

export interface BillingSearch {
  tab?: 'statement' | undefined
  period?: Period | undefined
  by?: SpendBy | undefined
  category?: (typeof chargeCategories)[number] | undefined
  meter?: string | undefined
  market?: string | undefined
  number?: string | undefined
  flow?: string | undefined
  day?: string | undefined
  charge?: string | undefined
  top_up?: true | undefined
}

/** What narrows the list of charges; taken out of the address to show them all. */
export const allCharges: BillingSearch = { category: undefined, meter: undefined, market: undefined, number: undefined, flow: undefined, day: undefined }

export const realDay = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined
const text = (value: unknown, longest: number): string | undefined => (typeof value === 'string' && value !== '' && value.length <= longest ? value : undefined)
export const uuid = (value: unknown): string | undefined => (typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value) ? value : undefined)

export function billingSearch(search: Record<string, unknown>): BillingSearch {
  return {
    tab: search.tab === 'statement' ? 'statement' : undefined,
    period: periods.find((period) => period === search.period && period !== periodDefault),
    by: ways.find((way) => way === search.by && way !== wayDefault),
    category: chargeCategories.find((category) => category === search.category),
    meter: text(search.meter, 40),
    market: text(search.market, 100),
    number: uuid(search.number),
    flow: uuid(search.flow),
    day: realDay(search.day),
    charge: text(search.charge, 100),
    top_up: search.top_up === true ? true : undefined,
  }
}
