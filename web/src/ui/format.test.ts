import { describe, expect, it } from 'vitest'
import * as format from './format'

const place = { locale: 'en', timeZone: 'Europe/Madrid' }
const now = Date.parse('2026-11-23T12:00:00Z')

describe('money', () => {
  it.each([
    [11_800, '0.0118 USD'],
    [450_000, '0.45 USD'],
    [12_000_000, '12.00 USD'],
    [0, '0.00 USD'],
    [-8_900, '-0.0089 USD'],
    [1_000_001, '1.000001 USD'],
    [10_000_000_000, '10,000.00 USD'],
  ])('%i micros', (micros, text) => expect(format.money(micros, 'USD', 'en').replace('\u00a0', ' ')).toBe(text))
  it('rounds down where there is little room', () => expect(format.moneyShort(48_219_900, 'USD', 'en')).toBe('$48.21'))
})

describe('times', () => {
  it.each([
    ['2026-11-23T08:05:00Z', '9:05 AM'],
    ['2026-11-22T23:30:00Z', '12:30 AM'],
    ['2026-11-22T10:00:00Z', 'Yesterday'],
    ['2026-11-18T10:00:00Z', 'Wed'],
    ['2026-03-03T10:00:00Z', 'Mar 3'],
    ['2025-03-03T10:00:00Z', 'Mar 3, 2025'],
  ])('in a list: %s', (at, text) => expect(format.listTime(at, now, place).replaceAll('\u202f', ' ')).toBe(text))
  it.each([
    ['2026-11-23T08:05:00Z', 'Today'],
    ['2026-11-22T10:00:00Z', 'Yesterday'],
    ['2026-11-18T10:00:00Z', 'Wednesday'],
    ['2026-03-03T10:00:00Z', 'March 3, 2026'],
  ])('between days: %s', (at, text) => expect(format.dayLabel(at, now, place)).toBe(text))
  it('writes hours as the language does', () =>
    expect(['en-US', 'en-GB', 'es'].map((locale) => format.clockTime('2026-11-23T08:05:00Z', { ...place, locale }).replaceAll('\u202f', ' '))).toEqual(['9:05 AM', '09:05', '09:05']))
  it('counts days in the account’s time zone', () => expect(format.daysAgo('2026-11-22T22:59:00Z', now, 'Europe/Madrid')).toBe(1))
  it.each([
    ['2026-11-24T11:14:00Z', '23h 14m'],
    ['2026-11-23T12:05:20Z', '5m 20s'],
    ['2026-11-23T12:30:20Z', '30m'],
    ['2026-11-23T12:00:09Z', '9s'],
    ['2026-11-23T12:00:00Z', null],
    [null, null],
  ])('left until %s', (until, text) => expect(format.timeLeft(until, now, 'en')).toBe(text))
})

describe('the rest', () => {
  it.each([
    [0, '0 kB'],
    [193, '1 kB'],
    [42_100, '42 kB'],
    [2_840_000, '2.8 MB'],
  ])('%i bytes', (bytes, text) => expect(format.fileSize(bytes, 'en')).toBe(text))
  it.each([
    ['Ana María Fernández', 'AF'],
    ['محمد الأحمد', 'ما'],
    ['+34 612 34 56 78', '78'],
    ['👩‍🍳 Lucie', 'L'],
    ['🙂', '🙂'],
  ])('initials of %s', (name, text) => expect(format.initials(name)).toBe(text))
  it('draws a flag', () => expect([format.flag('es'), format.countryName('ES', 'en')]).toEqual(['🇪🇸', 'Spain']))
})
