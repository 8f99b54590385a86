import { describe, expect, test } from 'vitest'
import type { Spend } from '../../api/types'
import { axisMoney, categoryTotals, conversations, dayName, spendRows, totalMicros } from './spend'

const spend: Spend = {
  currency: 'USD',
  time_zone: 'Asia/Kolkata',
  days: [
    { day: '2026-11-22', total_micros: 0, conversations: 0, by_category: {} },
    { day: '2026-11-23', total_micros: 25_000, conversations: 3, by_category: { marketing: 11_800, utility: 13_200 } },
    { day: '2026-11-24', total_micros: 10_400, conversations: 2, by_category: { marketing: 11_800, utility: -1_400 } },
  ],
}

describe('spend', () => {
  test('every day has a bar of every category, and no bar goes below zero', () => {
    const rows = spendRows(spend)
    expect(rows.map((row) => row.day)).toEqual(['2026-11-22', '2026-11-23', '2026-11-24'])
    expect(rows[0]).toMatchObject({ marketing: 0, utility: 0, service: 0, totalMicros: 0 })
    expect(rows[1]).toMatchObject({ marketing: 0.0118, utility: 0.0132, conversations: 3 })
    expect(rows[2]).toMatchObject({ marketing: 0.0118, utility: 0, totalMicros: 10_400 })
  })

  test('sums keep corrections, dearest category first, free ones left out', () => {
    expect(categoryTotals(spend)).toEqual([
      { category: 'marketing', micros: 23_600 },
      { category: 'utility', micros: 11_800 },
    ])
    expect(totalMicros(spend)).toBe(35_400)
    expect(conversations(spend)).toBe(5)
  })

  test.each([
    ['2026-11-23', 'en', 'Nov 23'],
    ['2026-01-01', 'es', '1 ene'],
  ])('%s in %s is %s, whatever zone the browser is in', (day, locale, name) => {
    expect(dayName(day, locale, 'short')).toBe(name)
  })

  test.each([
    [0, '0'],
    [0.0118, '0.012'],
    [1.25, '1.3'],
    [12_000, '12K'],
  ])('the axis says %s as %s', (value, said) => {
    expect(axisMoney(value, 'en')).toBe(said)
  })
})
