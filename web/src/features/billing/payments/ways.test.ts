import { describe, expect, test } from 'vitest'
import type { Card } from '../../../api/types'
import { brandName, expiry, firstWay, isExpired, outcomeOf, refundableMicros, waysToPay } from './ways'

const card = (change: Partial<Card>): Card => ({
  id: 'c1', method: 'stripe', brand: 'visa', last4: '4242', exp_month: 4, exp_year: 2029, is_default: true, created_at: '2026-11-01T00:00:00Z', ...change,
})
const stripe = { name: 'stripe', publishable_key: 'pk' }
const testing = { name: 'test', publishable_key: '' }

describe('ways to pay', () => {
  test('saved cards, a new one, the test payment', () => {
    expect(waysToPay([testing, stripe], [card({})]).map((way) => way.id)).toEqual(['c1', 'new', 'test'])
  })
  test('a card of a gateway that is no longer there cannot pay', () => expect(waysToPay([testing], [card({})]).map((way) => way.id)).toEqual(['test']))
  test('nothing is set up', () => expect(waysToPay([], [])).toEqual([]))
  test('an expired card is not chosen first', () => {
    const ways = waysToPay([stripe], [card({ exp_year: 2020 })])
    expect(firstWay(ways, Date.UTC(2026, 10, 23))?.id).toBe('new')
  })
})

test('a card ends with its month', () => {
  const ends = { exp_month: 4, exp_year: 2029 }
  expect(isExpired(ends, Date.UTC(2029, 3, 30, 23))).toBe(false)
  expect(isExpired(ends, Date.UTC(2029, 4, 1))).toBe(true)
  expect(expiry(ends)).toBe('04/29')
  expect(isExpired({ exp_month: 12, exp_year: 2026 }, Date.UTC(2026, 11, 31))).toBe(false)
})

test.each([
  ['visa', 'Visa'],
  ['amex', 'American Express'],
])('%s is written %s', (brand, name) => expect(brandName(brand)).toBe(name))

test.each([
  ['succeeded', null, false, 'done'],
  ['failed', null, true, 'failed'],
  ['canceled', null, false, 'failed'],
  ['pending', 'secret', false, 'form'],
  ['requires_action', 'secret', true, 'action'],
  ['pending', null, true, 'waiting'],
] as const)('a payment that is %s with %s', (state, secret, saved, outcome) => expect(outcomeOf({ state }, secret, saved)).toBe(outcome))

test.each([
  [{ state: 'succeeded' }, 8, 8],
  [{ state: 'succeeded', refunded_micros: 4 }, 8, 6],
  [{ state: 'succeeded', disputed_micros: 10 }, 8, 0],
  [{ state: 'disputed' }, 8, 0],
  [{ state: 'failed', block_id: null }, 8, 0],
] as const)('%j with %d left can give back %d', (change, remaining_micros, micros) => {
  const payment = { amount_micros: 10, refunded_micros: 0, disputed_micros: 0, block_id: 'b', ...change }
  expect(refundableMicros(payment, [{ id: 'b', remaining_micros }])).toBe(micros)
})
