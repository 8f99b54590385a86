// The lines of an invoice as people read them. Pure.
import type { Invoice, InvoiceLine } from '../../api/planTypes'

/** Names that have a word of their own; anything else is shown as the server says it. */
const conversationKinds = ['marketing', 'utility', 'authentication', 'service', 'referral_conversion'] as const
const meters = ['plan_fee', 'agent', 'flow_day', 'step', 'commitment', 'tax'] as const
export type LineWord = (typeof conversationKinds)[number] | (typeof meters)[number]

export function lineWord(line: Pick<InvoiceLine, 'meter' | 'category'>): LineWord | null {
  const named = line.meter === 'conversation' ? line.category : line.meter
  return [...conversationKinds, ...meters].find((word) => word === named) ?? null
}

export interface Parted {
  current: InvoiceLine[]
  late: InvoiceLine[]
}
/** What belongs to the month, and what was used before it and told after that month's invoice. */
export const parted = (lines: readonly InvoiceLine[]): Parted => ({ current: lines.filter((line) => !line.late), late: lines.filter((line) => line.late) })

/** Per cent as written on invoices: 180,000 parts per million are 18 %. */
export const ratePercent = (ppm: number, locale: string): string => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 4 }).format(ppm / 1_000_000)

/** What is left of an invoice after its credit notes. */
export const remaining = (invoice: Pick<Invoice, 'total_micros' | 'credited_micros'>): number => invoice.total_micros - invoice.credited_micros

export const monthKey = (day: string): string => day.slice(0, 7)
