// Lines by category: what a reader looks at first; the countries of each are one step away. Pure.
import type { Compared, Side } from './lines'

export interface Grouped {
  category: string
  rows: Compared[]
  now: Side
  then: Side
  differenceMicros: number
}

export function grouped(rows: readonly Compared[]): Grouped[] {
  const groups = new Map<string, Compared[]>()
  for (const row of rows) groups.set(row.category, [...(groups.get(row.category) ?? []), row])
  return [...groups.entries()]
    .map(([category, of]) => ({
      category,
      rows: of,
      now: together(of.map((row) => row.now)),
      then: together(of.map((row) => row.then)),
      differenceMicros: of.reduce((sum, row) => sum + row.differenceMicros, 0),
    }))
    .sort((a, b) => Math.abs(b.differenceMicros) - Math.abs(a.differenceMicros) || b.now.quantity - a.now.quantity)
}

/** Sides added up; the same price stands once. */
function together(sides: readonly Side[]): Side {
  const prices = new Map<number, number>()
  for (const part of sides.flatMap((side) => side.parts)) prices.set(part.unitMicros, (prices.get(part.unitMicros) ?? 0) + part.quantity)
  return {
    quantity: sides.reduce((sum, side) => sum + side.quantity, 0),
    amountMicros: sides.reduce((sum, side) => sum + side.amountMicros, 0),
    parts: [...prices.entries()].sort(([a], [b]) => a - b).map(([unitMicros, quantity]) => ({ unitMicros, quantity })),
  }
}
