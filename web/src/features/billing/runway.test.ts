import { expect, test } from 'vitest'
import { runway } from './runway'

const block = { id: 'b', kind: 'paid', amount_micros: 1, remaining_micros: 1, expires_at: null, created_at: '2026-11-23T10:00:00Z' } as const

test.each([
  [0, null, { key: 'empty' }],
  [-5, 0, { key: 'empty' }],
  [5_000_000, null, { key: 'unknown' }],
  [5_000_000, 0.4, { key: 'underOne' }],
  [5_000_000, 1, { key: 'days', count: 1 }],
  [5_000_000, 19.9, { key: 'days', count: 19 }],
  [5_000_000, 800, { key: 'long' }],
])('%s micros lasting %s days', (available_micros, runway_days, said) => {
  expect(runway({ available_micros, runway_days, blocks: [block] })).toEqual(said)
})

test('an account without any credit yet is new, not empty', () => {
  expect(runway({ available_micros: 0, runway_days: null, blocks: [] })).toEqual({ key: 'fresh' })
})

test('credit used up to the last is empty, even when its blocks are gone', () => {
  expect(runway({ available_micros: 0, runway_days: 0, blocks: [] })).toEqual({ key: 'empty' })
})
