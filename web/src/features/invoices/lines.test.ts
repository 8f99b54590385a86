import { describe, expect, it } from 'vitest'
import type { InvoiceLine } from '../../api/planTypes'
import { lineWord, monthKey, parted, ratePercent, remaining } from './lines'

const line = (meter: string, category: string, late = false) => ({ meter, category, late }) as InvoiceLine

describe('a line', () => {
  it('of conversations is called by their category', () => expect(lineWord(line('conversation', 'utility'))).toBe('utility'))
  it('of anything else by its meter, whatever its category says', () => {
    expect(lineWord(line('plan_fee', 'plan_fee'))).toBe('plan_fee')
    expect(lineWord(line('flow_day', 'service'))).toBe('flow_day')
  })
  it('of a new kind has no word', () => {
    expect(lineWord(line('calls', 'voice'))).toBeNull()
    expect(lineWord(line('conversation', 'voice'))).toBeNull()
  })
  it('is of the month or late', () => {
    const { current, late } = parted([line('step', 'step'), line('conversation', 'service', true)])
    expect(current.map((one) => one.meter)).toEqual(['step'])
    expect(late.map((one) => one.meter)).toEqual(['conversation'])
  })
})

describe('figures', () => {
  it('write rates as per cent', () => {
    expect(ratePercent(180_000, 'en')).toBe('18%')
    expect(ratePercent(90_000, 'en')).toBe('9%')
    expect(ratePercent(85_250, 'en')).toBe('8.525%')
  })
  it('take credit notes off', () => expect(remaining({ total_micros: 100, credited_micros: 30 })).toBe(70))
  it('name months', () => expect(monthKey('2026-11-01')).toBe('2026-11'))
})
