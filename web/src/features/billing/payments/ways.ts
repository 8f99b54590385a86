// How a top-up can be paid, and what became of one. Pure.
import type { Card, PaymentMethod, Payment, PayMethod } from '../../../api/types'

export type Way = { id: string; kind: 'card'; method: PayMethod; card: Card } | { id: 'new'; kind: 'new'; method: 'stripe'; publishableKey: string } | { id: 'test'; kind: 'test'; method: 'test' }

const isMethod = (name: string): name is PayMethod => name === 'test' || name === 'stripe'

/** Saved cards first, in the server's order (the default one leads), then a new card, then the test payment. */
export function waysToPay(methods: readonly PaymentMethod[], cards: readonly Card[]): Way[] {
  const names = methods.map((method) => method.name)
  const saved = cards.flatMap((card): Way[] => (names.includes(card.method) && isMethod(card.method) ? [{ id: card.id, kind: 'card', method: card.method, card }] : []))
  const stripe = methods.find((method) => method.name === 'stripe')
  return [
    ...saved,
    ...(stripe ? [{ id: 'new', kind: 'new', method: 'stripe', publishableKey: stripe.publishable_key } as const] : []),
    ...(names.includes('test') ? [{ id: 'test', kind: 'test', method: 'test' } as const] : []),
  ]
}

/** A card is good until the end of the month printed on it. */
export function isExpired(card: Pick<Card, 'exp_month' | 'exp_year'>, now: number): boolean {
  return now >= Date.UTC(card.exp_year, card.exp_month, 1)
}

export const firstWay = (ways: readonly Way[], now: number): Way | undefined => ways.find((way) => way.kind !== 'card' || !isExpired(way.card, now))

/** As printed on cards: 04/29. */
export const expiry = (card: Pick<Card, 'exp_month' | 'exp_year'>): string => `${String(card.exp_month).padStart(2, '0')}/${String(card.exp_year).slice(-2)}`

const BRANDS: Partial<Record<string, string>> = { amex: 'American Express', diners: 'Diners Club', jcb: 'JCB', unionpay: 'UnionPay', mastercard: 'Mastercard' }
export const brandName = (brand: string): string => BRANDS[brand] ?? brand.charAt(0).toUpperCase() + brand.slice(1)

export type Outcome = 'done' | 'failed' | 'waiting' | 'form' | 'action'

/** What the dialog does next: a secret means that the browser still has something to do. */
export function outcomeOf(payment: Pick<Payment, 'state'>, clientSecret: string | null | undefined, withSavedCard: boolean): Outcome {
  if (payment.state === 'succeeded') return 'done'
  if (payment.state === 'failed' || payment.state === 'canceled') return 'failed'
  if (!clientSecret) return 'waiting'
  return withSavedCard ? 'action' : 'form'
}

/** What of a payment can still go back: not more than its own block of credit has left. */
export function refundableMicros(payment: Pick<Payment, 'state' | 'amount_micros' | 'refunded_micros' | 'disputed_micros' | 'block_id'>, blocks: readonly { id: string; remaining_micros: number }[]): number {
  if (payment.state !== 'succeeded') return 0
  const left = payment.amount_micros - payment.refunded_micros - payment.disputed_micros
  const inBlock = blocks.find((block) => block.id === payment.block_id)?.remaining_micros ?? 0
  return Math.max(0, Math.min(left, inBlock))
}
