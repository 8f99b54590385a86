import { describe, expect, test } from 'vitest'
import type { Breakdown } from '../../../api/types'
import { chargesOf, colourOf, isChosen, partsOf, PARTS_MAX, perDayMicros, rowsOf } from './parts'

function breakdown(by: Breakdown['by'], amounts: Record<string, number>[]): Breakdown {
  const totals: Record<string, number> = {}
  for (const day of amounts) for (const [key, micros] of Object.entries(day)) totals[key] = (totals[key] ?? 0) + micros
  const sum = (day: Record<string, number>) => Object.values(day).reduce((a, b) => a + b, 0)
  return {
    by,
    currency: 'USD',
    time_zone: 'UTC',
    total_micros: sum(totals),
    keys: Object.entries(totals).sort(([, a], [, b]) => b - a).map(([key, amount_micros]) => ({ key, amount_micros, quantity: 1 })),
    days: amounts.map((day, index) => ({ day: `2026-11-0${index + 1}`, total_micros: sum(day), amounts: day })),
  }
}

describe('parts', () => {
  test('dearest first, and nothing that costs nothing', () => {
    const spend = breakdown('meter', [{ step: 5, conversation: 100, flow_day: 3 }, { flow_day: -3 }])
    expect(partsOf(spend).map((part) => part.keys)).toEqual([['conversation'], ['step']])
  })

  test('as many as there are colours stand alone', () => {
    const spend = breakdown('market', [Object.fromEntries(Array.from({ length: PARTS_MAX }, (_, n) => [`M${n}`, n + 1]))])
    expect(partsOf(spend).every((part) => !part.isRest)).toBe(true)
  })

  test('one more makes a rest that holds what is left', () => {
    const spend = breakdown('market', [Object.fromEntries(Array.from({ length: PARTS_MAX + 1 }, (_, n) => [`M${n}`, n + 1]))])
    const parts = partsOf(spend)
    expect(parts).toHaveLength(PARTS_MAX)
    expect(parts.at(-1)).toMatchObject({ isRest: true, keys: ['M1', 'M0'], micros: 3 })
    expect(parts.reduce((sum, part) => sum + part.micros, 0)).toBe(spend.total_micros)
  })
})

test('rows add up by part; a bar is never below zero', () => {
  const spend = breakdown('category', [{ marketing: 2_000_000, utility: -500_000 }, { utility: 700_000 }])
  const rows = rowsOf(spend, partsOf(spend))
  expect(rows[0]).toMatchObject({ totalMicros: 1_500_000, micros: { part0: 2_000_000, part1: -500_000 }, part0: 2, part1: 0 })
  expect(rows[1]).toMatchObject({ part0: 0, part1: 0.7 })
})

describe('the charges behind a part', () => {
  const part = (key: string, isRest = false) => ({ slot: 'part0', keys: [key], isRest, micros: 1 })
  test.each([
    ['meter', 'step'],
    ['category', 'plan_fee'],
    ['market', 'India'],
    ['number', '01a209da-2e9f-7c57-8447-aa2a8d7059ad'],
  ] as const)('%s', (by, key) => expect(chargesOf(by, part(key))).toMatchObject({ [by]: key, day: undefined }))
  test('a choice takes the place of the one before', () => expect(chargesOf('market', part('India'))).toHaveProperty('category', undefined))
  test('what belongs to no flow cannot be asked for', () => expect(chargesOf('flow', part(''))).toBeNull())
  test('nor can the rest', () => expect(chargesOf('market', part('India', true))).toBeNull())
  test('nor a category this page does not know', () => expect(chargesOf('category', part('brand_new'))).toBeNull())
  test('is marked as chosen', () => {
    expect(isChosen('market', part('India'), { market: 'India' })).toBe(true)
    expect(isChosen('market', part('India'), { market: 'Spain' })).toBe(false)
    expect(isChosen('flow', part(''), { flow: undefined })).toBe(false)
  })
})

test('an average day', () => expect(perDayMicros(breakdown('meter', [{ step: 10 }, {}, {}]))).toBe(3))

test('colours keep to their category; what has none is grey', () => {
  expect(colourOf('category', { slot: 'part3', keys: ['utility'], isRest: false, micros: 1 })).toContain('--cat-utility')
  expect(colourOf('market', { slot: 'part3', keys: ['India'], isRest: false, micros: 1 })).toBe('var(--part3)')
  expect(colourOf('flow', { slot: 'part0', keys: [''], isRest: false, micros: 1 })).toBe('var(--part-rest)')
})
