import { expect, test } from 'vitest'
import { axisMoney, dayName } from './spend'

test('a day keeps its date wherever it is read', () => {
  expect(dayName('2026-11-01', 'en-GB', 'short')).toBe('1 Nov')
  expect(dayName('2026-11-01', 'en-GB', 'full')).toBe('Sunday, 1 November 2026')
})

test.each([
  [0.0118, '0.012'],
  [12.5, '13'],
  [25_000, '25K'],
])('the axis writes %s as %s', (value, text) => expect(axisMoney(value, 'en')).toBe(text))
