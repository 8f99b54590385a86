import { describe, expect, it } from 'vitest'
import type { WhatIf, WhatIfLine } from '../../api/planTypes'
import { grouped } from './grouped'
import { compared, sums } from './lines'

const line = (category: string, market: string, quantity: number, unit_micros: number): WhatIfLine => ({ category, market, quantity, unit_micros, amount_micros: quantity * unit_micros })

describe('two plans side by side', () => {
  it('put what belongs together in one row, with its prices', () => {
    const [row, ...others] = compared([line('service', 'IN', 10, 15_000)], [line('service', 'IN', 8, 0), line('service', 'IN', 2, 1990)])
    expect(others).toEqual([])
    expect(row).toEqual({
      category: 'service', market: 'IN',
      now: { quantity: 10, amountMicros: 150_000, parts: [{ quantity: 10, unitMicros: 15_000 }] },
      then: { quantity: 10, amountMicros: 3980, parts: [{ quantity: 8, unitMicros: 0 }, { quantity: 2, unitMicros: 1990 }] },
      differenceMicros: -146_020,
    })
  })
  it('keep what only one of them has', () => {
    const rows = compared([line('marketing', 'IN', 1, 100)], [line('utility', 'IN', 1, 40)])
    expect(rows.map((row) => [row.category, row.differenceMicros])).toEqual([['marketing', -100], ['utility', 40]])
    expect(rows[1]?.now.quantity).toBe(0)
  })
  it('tell markets apart, and begin with what differs most', () => {
    const rows = compared([line('service', 'IN', 1, 10), line('service', 'BR', 5, 10)], [line('service', 'IN', 1, 0), line('service', 'BR', 5, 0)])
    expect(rows.map((row) => row.market)).toEqual(['BR', 'IN'])
  })
  it('add up to the difference of their sums', () => {
    const [now, then] = [[line('service', 'IN', 7, 15), line('utility', 'US', 3, 20)], [line('service', 'IN', 7, 4)]]
    const total = (lines: WhatIfLine[]) => lines.reduce((sum, one) => sum + one.amount_micros, 0)
    expect(compared(now, then).reduce((sum, row) => sum + row.differenceMicros, 0)).toBe(total(then) - total(now))
  })
})

it('categories add their countries up, and say the same price once', () => {
  const groups = grouped(compared([line('service', 'IN', 2, 15), line('service', 'BR', 3, 15), line('utility', 'IN', 1, 15)], [line('service', 'IN', 2, 0), line('service', 'BR', 3, 2)]))
  expect(groups.map((group) => [group.category, group.rows.length, group.differenceMicros])).toEqual([['service', 2, -69], ['utility', 1, -15]])
  expect(groups[0]?.now).toEqual({ quantity: 5, amountMicros: 75, parts: [{ quantity: 5, unitMicros: 15 }] })
  expect(groups[0]?.then.parts).toEqual([{ quantity: 2, unitMicros: 0 }, { quantity: 3, unitMicros: 2 }])
})

it('the sums take the fee of each plan in', () => {
  const under = (amount_micros: number) => ({ amount_micros }) as WhatIf
  expect(sums(under(500), under(100), 1000, 1300)).toEqual({ nowMicros: 1500, thenMicros: 1400, differenceMicros: -100 })
})
