import { describe, expect, test } from 'vitest'
import { dayName, listTime, splitAhead, withPlus } from './when'

// Without a zone these are local times, so the tests say the same in every zone.
const now = Date.parse('2026-11-23T15:00:00')

describe('days of a thread', () => {
  test.each([
    ['2026-11-23T00:01:00', 'en', 'Today'],
    ['2026-11-22T23:59:00', 'en', 'Yesterday'],
    ['2026-11-22T23:59:00', 'es', 'Ayer'],
    ['2026-11-20T10:00:00', 'en', 'November 20, 2026'],
  ])('%s in %s is %s', (at, language, name) => {
    expect(dayName(at, now, language)).toBe(name)
  })

  test.each([
    ['2026-11-23T09:05:00', '09:05'],
    ['2026-11-22T09:05:00', 'Yesterday'],
    ['2026-11-03T09:05:00', '11/03/26'],
  ])('the chat list shows %s as %s', (at, shown) => {
    expect(listTime(at, now, 'en')).toBe(shown)
  })
})

test.each([
  [0, { days: 0, hours: 0, minutes: 0 }],
  [3_600, { days: 0, hours: 1, minutes: 0 }],
  [90_061, { days: 1, hours: 1, minutes: 1 }],
])('%s seconds ahead', (seconds, ahead) => {
  expect(splitAhead(seconds)).toEqual(ahead)
})

test.each([
  ['912261234567', '+912261234567'],
  ['+91 22 6123 4567', '+91 22 6123 4567'],
  ['', ''],
])('withPlus(%s) is %s', (number, shown) => {
  expect(withPlus(number)).toBe(shown)
})
