// The lines of a month under two plans, side by side. Pure; amounts are micros.
import type { WhatIf, WhatIfLine } from '../../api/planTypes'

export interface Part {
  quantity: number
  unitMicros: number
}
export interface Side {
  quantity: number
  amountMicros: number
  parts: Part[]
}
export interface Compared {
  category: string
  market: string
  now: Side
  then: Side
  differenceMicros: number
}

const nothing = (): Side => ({ quantity: 0, amountMicros: 0, parts: [] })

function add(side: Side, line: WhatIfLine): Side {
  return {
    quantity: side.quantity + line.quantity,
    amountMicros: side.amountMicros + line.amount_micros,
    parts: line.unit_micros == null ? side.parts : [...side.parts, { quantity: line.quantity, unitMicros: line.unit_micros }],
  }
}

/** One row for each category and market of either side; those that differ most come first. */
export function compared(now: readonly WhatIfLine[], then: readonly WhatIfLine[]): Compared[] {
  const rows = new Map<string, Compared>()
  const row = (line: WhatIfLine): Compared => {
    const key = `${line.category} ${line.market}`
    const known = rows.get(key) ?? { category: line.category, market: line.market, now: nothing(), then: nothing(), differenceMicros: 0 }
    rows.set(key, known)
    return known
  }
  for (const line of now) {
    const known = row(line)
    known.now = add(known.now, line)
  }
  for (const line of then) {
    const known = row(line)
    known.then = add(known.then, line)
  }
  return [...rows.values()]
    .map((one) => ({ ...one, differenceMicros: one.then.amountMicros - one.now.amountMicros }))
    .sort((a, b) => Math.abs(b.differenceMicros) - Math.abs(a.differenceMicros) || b.now.amountMicros - a.now.amountMicros || b.now.quantity - a.now.quantity)
}

export interface Sums {
  nowMicros: number
  thenMicros: number
  differenceMicros: number
}

/** Conversations and a month's fee on either side. */
export function sums(now: WhatIf, then: WhatIf, feeNowMicros: number, feeThenMicros: number): Sums {
  const nowMicros = now.amount_micros + feeNowMicros
  const thenMicros = then.amount_micros + feeThenMicros
  return { nowMicros, thenMicros, differenceMicros: thenMicros - nowMicros }
}
