// From the spend of days to the parts, rows and ways in of the chart. Pure.
import type { Breakdown, SpendBy } from '../../../api/types'
import { MICROS } from '../../../ui/format'
import { allCharges, chargeCategories, type BillingSearch } from '../search'

/** As many colours as can be told apart; what is left is one grey part. */
export const PARTS_MAX = 6

/** One colour of the bars. `keys` are the meters, categories, markets or ids in it; the rest has many. */
export interface Part {
  slot: string
  keys: string[]
  isRest: boolean
  micros: number
}

export interface Row {
  day: string
  totalMicros: number
  micros: Record<string, number>
  /** The same for the axis, by slot: in the currency, and never below zero. */
  [slot: `part${number}`]: number
}

/** Parts that cost anything, dearest first; as many as have a colour, then the rest as one. */
export function partsOf(breakdown: Breakdown): Part[] {
  const paid = breakdown.keys.filter((key) => key.amount_micros !== 0)
  const own = paid.length > PARTS_MAX ? paid.slice(0, PARTS_MAX - 1) : paid
  const rest = paid.slice(own.length)
  const parts = own.map((key, index) => ({ slot: `part${index}`, keys: [key.key], isRest: false, micros: key.amount_micros }))
  if (rest.length === 0) return parts
  const micros = rest.reduce((sum, key) => sum + key.amount_micros, 0)
  return [...parts, { slot: `part${own.length}`, keys: rest.map((key) => key.key), isRest: true, micros }]
}

export function rowsOf(breakdown: Breakdown, parts: readonly Part[]): Row[] {
  return breakdown.days.map((day) => {
    const micros = Object.fromEntries(parts.map((part) => [part.slot, part.keys.reduce((sum, key) => sum + (day.amounts[key] ?? 0), 0)]))
    // A correction may leave a part below zero; a bar cannot, the sentence under it still can.
    const drawn = Object.fromEntries(Object.entries(micros).map(([slot, amount]) => [slot, Math.max(0, amount) / MICROS]))
    return { day: day.day, totalMicros: day.total_micros, micros, ...drawn }
  })
}

/** What the address says so that the list below shows the charges of a part; a rest, or what belongs to nothing, has no
 * question of its own. */
export function chargesOf(by: SpendBy, part: Part): BillingSearch | null {
  const key = part.keys[0]
  if (part.isRest || !key) return null
  if (by !== 'category') return { ...allCharges, [by]: key }
  const category = chargeCategories.find((each) => each === key)
  return category ? { ...allCharges, category } : null
}

/** Whether the list shows just this part. */
export const isChosen = (by: SpendBy, part: Part, search: BillingSearch): boolean => !part.isRest && part.keys[0] !== '' && search[by] === part.keys[0]

/** What a day of the period cost on average, in whole micros. */
export const perDayMicros = (breakdown: Breakdown): number => (breakdown.days.length === 0 ? 0 : Math.round(breakdown.total_micros / breakdown.days.length))

export const colourOf = (by: SpendBy, part: Part): string => {
  const key = part.keys[0] ?? ''
  if (part.isRest || key === '') return 'var(--part-rest)'
  if (by === 'category') return `var(--cat-${key}, var(--part-rest))`
  return `var(--${part.slot})`
}
