// What plans cost, reckoned from their prices. Pure; amounts are micros.
import { MICROS } from '../../ui/format'
import type { Commitment, Interval, PlanComparison, PlanCost, PlanOffer, UsageMeter } from '../../api/planTypes'

const MONTHS_PER_YEAR = 12
const CENT_MICROS = 10_000

/** Sums over many days are told in whole cents; smaller ones keep what they are. */
export const toCents = (micros: number): number => (Math.abs(micros) < MICROS ? micros : Math.round(micros / CENT_MICROS) * CENT_MICROS)

/** The fee as a price by the month; null when the plan is not sold so. */
export function feePerMonth(offer: PlanOffer, interval: Interval): number | null {
  if (interval === 'monthly') return offer.committed_only ? null : offer.monthly_micros
  return offer.yearly_micros === null ? null : Math.round(offer.yearly_micros / MONTHS_PER_YEAR)
}

/** Whole per cent saved by paying for a year at once. */
export function yearlySaving(offer: PlanOffer): number {
  const months = offer.monthly_micros * MONTHS_PER_YEAR
  return offer.yearly_micros === null || months === 0 ? 0 : Math.max(0, Math.round((1 - offer.yearly_micros / months) * 100))
}

/** Credit in whole cents, never more than there is. */
export const wholeCents = (micros: number): number => Math.floor(micros / CENT_MICROS) * CENT_MICROS

export interface Estimate {
  feeMicros: number
  agentsMicros: number
  conversationsMicros: number
  totalMicros: number
}

/** What the days compared would have cost by the month, or with the fee of a year spread over them. */
export function estimate(cost: PlanCost, offer: PlanOffer | undefined, interval: Interval): Estimate {
  const yearly = interval === 'yearly' && offer?.yearly_micros != null && offer.monthly_micros > 0
  const fee = yearly ? Math.round((cost.fee_micros * (offer.yearly_micros ?? 0)) / (offer.monthly_micros * MONTHS_PER_YEAR)) : cost.fee_micros
  return {
    feeMicros: fee,
    agentsMicros: cost.agents_micros,
    conversationsMicros: cost.conversations_micros,
    totalMicros: fee + cost.agents_micros + cost.conversations_micros,
  }
}

/** The cheapest plan that would have fitted, by that estimate. */
export function cheapest(comparison: PlanComparison, offers: readonly PlanOffer[], interval: Interval): string | null {
  const fitting = comparison.plans.filter((cost) => cost.warning === null && offers.some((offer) => offer.code === cost.plan && !offer.committed_only))
  const totals = fitting.map((cost) => ({ plan: cost.plan, total: estimate(cost, offers.find((offer) => offer.code === cost.plan), interval).totalMicros }))
  return totals.sort((a, b) => a.total - b.total)[0]?.plan ?? null
}

export interface Bar {
  usedPercent: number
  pacePercent: number
  includedPercent: number | null
}

/** The parts of a meter's bar: what is used, where it leads, and the mark of what is included. */
export function meterBar(meter: Pick<UsageMeter, 'used' | 'pace' | 'included' | 'limit'>): Bar {
  const mark = meter.included ?? meter.limit
  const whole = Math.max(meter.used, meter.pace, mark ?? 0, 1)
  const percent = (part: number) => Math.min(100, (part / whole) * 100)
  return { usedPercent: percent(meter.used), pacePercent: percent(Math.max(meter.pace, meter.used)), includedPercent: mark === null ? null : percent(mark) }
}

/** Whether the month leads past what is included although it is not there yet. */
export const willPass = (meter: UsageMeter): boolean => meter.included !== null && meter.included > 0 && meter.used <= meter.included && meter.pace > meter.included

/** What the month's use beyond the included would cost at this pace. */
export function paceMicros(meter: UsageMeter): number {
  if (meter.included === null || meter.pace <= meter.included) return 0
  return Math.ceil((meter.pace - meter.included) / Math.max(1, meter.unit_quantity)) * meter.overage_micros
}

export const commitmentBar = (commitment: Commitment): Bar =>
  meterBar({ used: commitment.used, pace: commitment.pace, included: commitment.committed, limit: null })
