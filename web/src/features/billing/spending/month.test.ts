import { expect, test } from 'vitest'
import type { SpendMonth } from '../../../api/types'
import { monthBar, monthEnd, monthName } from './month'

const month = (change: Partial<SpendMonth>): SpendMonth => ({
  month: '2026-11-01', currency: 'USD', days_passed: 15, days_in_month: 30, spent_micros: 0, forecast_micros: null, by_meter: [], ...change,
})

test.each([
  [{ spent_micros: 500, forecast_micros: 1000 }, 50, 50],
  [{ spent_micros: 500, forecast_micros: null }, 0, 50],
  [{ spent_micros: 0, forecast_micros: 0 }, 0, 50],
  [{ spent_micros: -20, forecast_micros: 100 }, 0, 50],
  [{ spent_micros: 1200, forecast_micros: 1000, days_passed: 30 }, 100, 100],
])('%j is drawn as %d and %d per cent', (change, spentPercent, todayPercent) => {
  expect(monthBar(month(change))).toEqual({ spentPercent, todayPercent })
})

test('its name and last day', () => {
  expect(monthEnd(month({ month: '2027-02-01', days_in_month: 28 }))).toBe('2027-02-28')
  expect(monthName(month({}), 'es')).toBe('Noviembre')
})
