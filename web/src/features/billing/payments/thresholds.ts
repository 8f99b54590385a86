// Amounts typed as a list. Pure.
import { MICROS } from '../../../ui/format'
import { amountMicros, TOP_UP_LARGEST_MICROS } from '../topUp'

export const THRESHOLDS_MAX = 10

export const typedOf = (micros: readonly number[]): string[] => micros.map((amount) => String(amount / MICROS))

/** Null when one of them is no amount, or too large. */
export function amountsOf(typed: readonly string[]): number[] | null {
  const amounts = typed.map((each) => amountMicros(each))
  return amounts.every((amount): amount is number => amount !== null && amount >= 0 && amount <= TOP_UP_LARGEST_MICROS) ? amounts : null
}
