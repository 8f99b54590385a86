import { describe, expect, it } from 'vitest'
import { dayBefore, daysText, dayText, monthsBack, startOfDay } from './days'

describe('days', () => {
  it('are told without a zone', () => {
    expect(dayText('2026-11-01', 'en-GB')).toBe('1 November 2026')
    expect(daysText('2026-11-01', '2026-11-30', 'en-GB')).toMatch(/^1.{1,3}30 Nov 2026$/)
    expect(daysText('2026-11-05', '2026-11-05', 'en-GB')).toBe('5 Nov 2026')
  })
  it('have one before them, over the ends of months and years', () => {
    expect(dayBefore('2026-03-01')).toBe('2026-02-28')
    expect(dayBefore('2027-01-01')).toBe('2026-12-31')
  })
  it('go back month by month, over the year', () => expect(monthsBack('2026-02-23', 3)).toEqual(['2026-02-01', '2026-01-01', '2025-12-01']))
})

describe('the start of a day', () => {
  it('is midnight of the zone', () => {
    expect(new Date(startOfDay('2026-11-24', 'Asia/Kolkata')).toISOString()).toBe('2026-11-23T18:30:00.000Z')
    expect(new Date(startOfDay('2026-11-24', 'America/Los_Angeles')).toISOString()).toBe('2026-11-24T08:00:00.000Z')
    expect(new Date(startOfDay('2026-11-24', 'UTC')).toISOString()).toBe('2026-11-24T00:00:00.000Z')
  })
  it('holds on days when the clocks change', () => {
    expect(new Date(startOfDay('2026-03-29', 'Europe/Berlin')).toISOString()).toBe('2026-03-28T23:00:00.000Z')
    expect(new Date(startOfDay('2026-03-30', 'Europe/Berlin')).toISOString()).toBe('2026-03-29T22:00:00.000Z')
    expect(new Date(startOfDay('2026-10-25', 'Europe/Berlin')).toISOString()).toBe('2026-10-24T22:00:00.000Z')
  })
})
