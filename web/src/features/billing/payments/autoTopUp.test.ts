import { describe, expect, test } from 'vitest'
import type { AutoTopUp, Card } from '../../../api/types'
import { errorsOf, formOf, standingOf, wishOf, type Form } from './autoTopUp'

const NOW = Date.UTC(2026, 10, 23, 12)
const card: Card = { id: 'c1', method: 'test', brand: 'test', last4: '4242', exp_month: 12, exp_year: 2099, is_default: true, created_at: '2026-11-01T00:00:00Z' }
const rule = (change: Partial<AutoTopUp>): AutoTopUp => ({
  state: 'on', state_reason: null, threshold_micros: 10_000_000, mode: 'fixed', amount_micros: 50_000_000, monthly_cap_micros: null, card_id: 'c1',
  failures: 0, quiet_until: null, bought_this_month_micros: 0, version: 1, ...change,
})
const form = (change: Partial<Form> = {}): Form => ({ enabled: true, threshold: 10, mode: 'fixed', amount: 50, cap: '', cardId: 'c1', ...change })

describe('the form', () => {
  test('says what is set up, and asks for the same again', () => {
    const set = rule({ mode: 'target', monthly_cap_micros: 200_500_000, state: 'off' })
    expect(wishOf(formOf(set, [card]))).toEqual({
      enabled: false, threshold_micros: 10_000_000, mode: 'target', amount_micros: 50_000_000, card_id: 'c1', monthly_cap_micros: 200_500_000,
    })
  })
  test('a card that is gone gives way to the default', () => expect(formOf(rule({ card_id: 'gone' }), [card]).cardId).toBe('c1'))
  test('the first suggestion is good as it stands', () => expect(wishOf(formOf(null, [card]))).not.toBeNull())
  test('no cap is no cap', () => expect(wishOf(form())?.monthly_cap_micros).toBeNull())
  test('a threshold of nothing is one', () => expect(wishOf(form({ threshold: 0 }))?.threshold_micros).toBe(0))

  test.each([
    [{ threshold: '' }, { threshold: 'missing' }],
    [{ threshold: 100_001 }, { threshold: 'tooLarge' }],
    [{ amount: '' }, { amount: 'missing' }],
    [{ amount: 0.5 }, { amount: 'tooSmall' }],
    [{ amount: 100_001 }, { amount: 'tooLarge' }],
    [{ mode: 'target', amount: 10 }, { amount: 'notAbove' }],
    [{ cap: 40 }, { cap: 'capBelow' }],
    [{ cap: 0.2 }, { cap: 'tooSmall' }],
    [{ cap: 'x' }, { cap: 'missing' }],
    [{ cardId: null }, { card: 'card' }],
  ] as [Partial<Form>, object][])('%j is refused', (change, errors) => {
    expect(errorsOf(form(change))).toEqual(errors)
    expect(wishOf(form(change))).toBeNull()
  })
})

test.each([
  [null, 'unset'],
  [{}, 'on'],
  [{ quiet_until: '2026-11-23T12:30:00Z' }, 'waiting'],
  [{ quiet_until: '2026-11-23T11:30:00Z' }, 'on'],
  [{ monthly_cap_micros: 50_000_000, bought_this_month_micros: 49_500_000 }, 'capped'],
  [{ state: 'off' }, 'off'],
  [{ state: 'off', state_reason: 'Its card was removed.' }, 'stopped'],
  [{ state: 'frozen', state_reason: 'A chargeback is open.', quiet_until: '2026-11-23T12:30:00Z' }, 'frozen'],
] as [Partial<AutoTopUp> | null, string][])('%j stands %s', (change, standing) => {
  expect(standingOf(change && rule(change), NOW)).toBe(standing)
})
