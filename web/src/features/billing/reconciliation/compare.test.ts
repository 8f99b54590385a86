import { describe, expect, test } from 'vitest'
import type { Breakdown, ProviderCost, Reconciliation } from '../../../api/types'
import { besideDays, besideOf, daysOf, firstClass, firstDay, linesOf, sharesOf } from './compare'
import { reconciliationSearch } from './search'

const day = (name: string, change: object = {}) => ({ day: name, messages: 0, match: 0, timing: 0, missing: 0, price_differs: 0, ...change })
const reconciliation = (change: Partial<Reconciliation> = {}): Reconciliation => ({
  since: '2026-10-30', until: '2026-11-02', currency: 'USD', messages: 8, explained_percent: 75,
  classes: [
    { class: 'match', messages: 4, amount_micros: 10 },
    { class: 'timing', messages: 2, amount_micros: 0 },
    { class: 'missing', messages: 2, amount_micros: 5 },
    { class: 'price_differs', messages: 0, amount_micros: 0 },
  ],
  days: [day('2026-10-31', { messages: 8, match: 4, timing: 2, missing: 2 })],
  statement: { explained_percent: null, fetched_at: null, fetched_before: null, problem: null, days: [] },
  ...change,
})

test.each([
  ['2026-11-23', 1, '2026-11-23'],
  ['2026-11-23', 30, '2026-10-25'],
  ['2026-03-01', 7, '2026-02-23'],
])('of days up to %s the first of %d is %s', (today, days, first) => expect(firstDay(today, days)).toBe(first))

describe('classes', () => {
  test('the gravest first, each with its share', () => {
    expect(sharesOf(reconciliation()).map((share) => [share.class, share.percent])).toEqual([['price_differs', 0], ['missing', 25], ['timing', 25], ['match', 50]])
  })
  test('the list begins with what wants looking at', () => expect(firstClass(reconciliation())).toBe('missing'))
  test('nothing to look at', () => {
    const none = reconciliation({ messages: 0, classes: [] })
    expect(firstClass(none)).toBe('price_differs')
    expect(sharesOf(none).every((share) => share.percent === 0)).toBe(true)
  })
  test('every day of the span is there, over a change of the clocks too', () => {
    expect(daysOf(reconciliation()).map((each) => [each.day, each.match])).toEqual([['2026-10-30', 0], ['2026-10-31', 4], ['2026-11-01', 0], ['2026-11-02', 0]])
  })
})

const ours: Breakdown = {
  by: 'market', currency: 'USD', time_zone: 'UTC', total_micros: 30,
  keys: [{ key: 'India', amount_micros: 20, quantity: 2 }, { key: 'Peru', amount_micros: 5, quantity: 1 }, { key: '', amount_micros: 5, quantity: 1 }, { key: 'Chile', amount_micros: 0, quantity: 1 }],
  days: [{ day: '2026-11-01', total_micros: 9, amounts: { conversation: 7, step: 2 } }, { day: '2026-11-02', total_micros: 0, amounts: {} }],
}
const cost: ProviderCost = {
  since: '2026-11-01', until: '2026-11-02', currency: 'USD', messages: 3, unpriced: 1, amount_micros: 100,
  days: [{ day: '2026-11-02', messages: 3, unpriced: 1, amount_micros: 100 }],
  categories: [],
  markets: [{ name: 'India', messages: 1, unpriced: 0, amount_micros: 10 }, { name: 'Spain', messages: 2, unpriced: 1, amount_micros: 90 }],
}

describe('their cost beside ours', () => {
  test('joined by name, dearest first, nothing lost on either side', () => {
    expect(besideOf(cost.markets, ours)).toEqual([
      { name: 'Spain', messages: 2, unpriced: 1, theirMicros: 90, ourMicros: 0 },
      { name: 'India', messages: 1, unpriced: 0, theirMicros: 10, ourMicros: 20 },
      { name: 'Peru', messages: 0, unpriced: 0, theirMicros: 0, ourMicros: 5 },
    ])
  })
  test('by day, conversations only', () => {
    expect(besideDays(cost, ours)).toEqual([
      { day: '2026-11-01', theirMicros: 0, ourMicros: 7, messages: 0 },
      { day: '2026-11-02', theirMicros: 100, ourMicros: 0, messages: 3 },
    ])
  })
  test('theirs alone while ours is on its way', () => expect(besideDays(cost, undefined)).toHaveLength(1))
})

test('what WhatsApp left out is not taken for a difference', () => {
  const reckoned = { kind: 'regular' as const, category: 'marketing', market: 'India', billable: true, amount_micros: 11_800, currency: 'USD', rule: 'template_message' }
  const lines = linesOf({ reckoned, told: { category: 'utility', billable: true }, differences: ['category'] })
  expect(lines).toEqual([
    { member: 'type', ours: 'regular', theirs: null, differs: false },
    { member: 'category', ours: 'marketing', theirs: 'utility', differs: true },
    { member: 'billable', ours: true, theirs: true, differs: false },
  ])
  expect(linesOf({ reckoned, told: null, differences: [] }).every((line) => line.theirs === null)).toBe(true)
})

test('the address', () => {
  expect(reconciliationSearch({ period: 90, class: 'missing', day: '2026-11-01', tab: 'cost' })).toEqual({ period: 90, class: 'missing', day: '2026-11-01', tab: 'cost' })
  expect(reconciliationSearch({ period: 30, class: 'extra', day: '1 Nov' })).toEqual({ period: undefined, class: undefined, day: undefined, tab: undefined })
})
