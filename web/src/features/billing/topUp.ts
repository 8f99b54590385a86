// The amounts of a top-up. Pure.
import { MICROS } from '../../ui/format'

const CENT_MICROS = 10_000
export const TOP_UP_SMALLEST_MICROS = MICROS
export const TOP_UP_LARGEST_MICROS = 100_000 * MICROS
export const presetsMicros = [10, 25, 50, 100, 250].map((amount) => amount * MICROS)

export type AmountError = 'missing' | 'tooSmall' | 'tooLarge'

/** A typed amount as micros, in whole cents; typed text and numbers alike, so no float error reaches the server. */
export function amountMicros(typed: number | string): number | null {
  const value = typeof typed === 'number' ? typed : typed.trim() === '' ? NaN : Number(typed)
  return Number.isFinite(value) ? Math.round(value * 100) * CENT_MICROS : null
}

export function amountError(micros: number | null): AmountError | null {
  if (micros === null) return 'missing'
  if (micros < TOP_UP_SMALLEST_MICROS) return 'tooSmall'
  return micros > TOP_UP_LARGEST_MICROS ? 'tooLarge' : null
}
