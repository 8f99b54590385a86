// The form of automatic top-up, and what its state means. Pure.
import type { AutoTopUp, AutoTopUpWish, Card } from '../../../api/types'
import { MICROS } from '../../../ui/format'
import { amountMicros, TOP_UP_LARGEST_MICROS, TOP_UP_SMALLEST_MICROS } from '../topUp'

export interface Form {
  enabled: boolean
  threshold: number | string
  mode: AutoTopUpWish['mode']
  amount: number | string
  cap: number | string
  cardId: string | null
}
export type FormError = 'missing' | 'tooSmall' | 'tooLarge' | 'notAbove' | 'capBelow' | 'card'
export type FormErrors = Partial<Record<'threshold' | 'amount' | 'cap' | 'card', FormError>>

const typed = (micros: number | null): number | string => (micros === null ? '' : micros / MICROS)

/** As it is set up; for the first time a suggestion that fits a small shop. */
export function formOf(rule: AutoTopUp | null, cards: readonly Card[]): Form {
  const known = (id: string | undefined) => cards.find((card) => card.id === id)?.id ?? null
  if (!rule) return { enabled: true, threshold: 10, mode: 'fixed', amount: 50, cap: 200, cardId: cards[0]?.id ?? null }
  return {
    enabled: rule.state === 'on',
    threshold: typed(rule.threshold_micros),
    mode: rule.mode,
    amount: typed(rule.amount_micros),
    cap: typed(rule.monthly_cap_micros),
    cardId: known(rule.card_id) ?? cards[0]?.id ?? null,
  }
}

export function errorsOf(form: Form): FormErrors {
  const errors: FormErrors = {}
  const threshold = amountMicros(form.threshold)
  const amount = amountMicros(form.amount)
  const cap = form.cap === '' ? null : amountMicros(form.cap)
  if (threshold === null) errors.threshold = 'missing'
  else if (threshold > TOP_UP_LARGEST_MICROS) errors.threshold = 'tooLarge'
  if (amount === null) errors.amount = 'missing'
  else if (amount < TOP_UP_SMALLEST_MICROS) errors.amount = 'tooSmall'
  else if (amount > TOP_UP_LARGEST_MICROS) errors.amount = 'tooLarge'
  // Brought up to less than it starts from, nothing would be bought.
  else if (form.mode === 'target' && threshold !== null && amount <= threshold) errors.amount = 'notAbove'
  if (form.cap !== '') {
    if (cap === null) errors.cap = 'missing'
    else if (cap < TOP_UP_SMALLEST_MICROS) errors.cap = 'tooSmall'
    else if (cap > TOP_UP_LARGEST_MICROS) errors.cap = 'tooLarge'
    else if (form.mode === 'fixed' && amount !== null && cap < amount) errors.cap = 'capBelow'
  }
  if (!form.cardId) errors.card = 'card'
  return errors
}

/** Null while something is wrong. */
export function wishOf(form: Form): AutoTopUpWish | null {
  const threshold = amountMicros(form.threshold)
  const amount = amountMicros(form.amount)
  if (Object.keys(errorsOf(form)).length > 0 || threshold === null || amount === null || !form.cardId) return null
  return {
    enabled: form.enabled,
    threshold_micros: threshold,
    mode: form.mode,
    amount_micros: amount,
    card_id: form.cardId,
    monthly_cap_micros: form.cap === '' ? null : amountMicros(form.cap),
  }
}

export type Standing = 'unset' | 'on' | 'waiting' | 'capped' | 'off' | 'stopped' | 'frozen'

/** `stopped` is off for a reason that is not ours: declines, or a card that was removed. */
export function standingOf(rule: AutoTopUp | null, now: number): Standing {
  if (!rule) return 'unset'
  if (rule.state === 'frozen') return 'frozen'
  if (rule.state === 'off') return rule.state_reason ? 'stopped' : 'off'
  if (rule.quiet_until && Date.parse(rule.quiet_until) > now) return 'waiting'
  return rule.monthly_cap_micros !== null && rule.monthly_cap_micros - rule.bought_this_month_micros < TOP_UP_SMALLEST_MICROS ? 'capped' : 'on'
}
