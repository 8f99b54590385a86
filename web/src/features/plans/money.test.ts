import { describe, expect, it } from 'vitest'
import type { PlanComparison, PlanCost, PlanOffer, UsageMeter } from '../../api/planTypes'
import { cheapest, estimate, feePerMonth, meterBar, paceMicros, toCents, wholeCents, willPass, yearlySaving } from './money'

const plus: PlanOffer = {
  code: 'plus', name: 'Plus', position: 2, version: 2, effective_from: '2026-10-01', currency: 'USD', monthly_micros: 79_990_000, yearly_micros: 779_880_000,
  included_conversations: 5000, conversation_overage_micros: 1990, included_agents: 5, agents_max: 30, extra_agent_micros: 15_000_000,
  included_steps: 500_000, step_overage_micros: 100_000, step_overage_quantity: 1000, flow_month_micros: 5_990_000, committed_only: false,
}
const starter: PlanOffer = { ...plus, code: 'starter', name: 'Starter', position: 1, monthly_micros: 49_990_000, yearly_micros: null, included_conversations: 0 }
const enterprise: PlanOffer = { ...plus, code: 'enterprise', name: 'Enterprise', position: 5, committed_only: true }
const cost = (plan: string, fee_micros: number, conversations_micros: number, warning: string | null = null): PlanCost => ({
  plan, name: plan, is_current: false, monthly_micros: 0, fee_micros, agents_micros: 0, conversations_micros,
  total_micros: fee_micros + conversations_micros, difference_micros: 0, included_conversations: 0, warning,
})
const meter: UsageMeter = { meter: 'conversation', used: 2000, included: 5000, limit: null, state: 'within', pace: 6200, unit_quantity: 1, overage_micros: 1990, charged_micros: 0 }

describe('fees', () => {
  it('are told by the month', () => {
    expect(feePerMonth(plus, 'monthly')).toBe(79_990_000)
    expect(feePerMonth(plus, 'yearly')).toBe(64_990_000)
  })
  it('are null where a plan is not sold so', () => {
    expect(feePerMonth(starter, 'yearly')).toBeNull()
    expect(feePerMonth(enterprise, 'monthly')).toBeNull()
  })
  it('save by the year', () => {
    expect(yearlySaving(plus)).toBe(19)
    expect(yearlySaving(starter)).toBe(0)
  })
})

describe('the calculator', () => {
  it('spreads the fee of a year over the days compared', () => {
    const by = estimate(cost('plus', 239_970_000, 1_000_000), plus, 'yearly')
    expect(by.feeMicros).toBe(194_970_000)
    expect(by.totalMicros).toBe(195_970_000)
  })
  it('keeps the fee of months', () => expect(estimate(cost('plus', 239_970_000, 1_000_000), plus, 'monthly').totalMicros).toBe(240_970_000))
  it('keeps the fee of months where no year is sold', () => expect(estimate(cost('starter', 149_970_000, 5), starter, 'yearly').feeMicros).toBe(149_970_000))
  it('names the cheapest plan that fits and is sold to all', () => {
    const comparison = { plans: [cost('enterprise', 0, 0), cost('starter', 1, 1, 'too many agents'), cost('plus', 9, 9)] } as PlanComparison
    expect(cheapest(comparison, [starter, plus, enterprise], 'monthly')).toBe('plus')
    expect(cheapest({ ...comparison, plans: [] }, [plus], 'monthly')).toBeNull()
  })
  it('may name another plan by the year', () => {
    const comparison = { plans: [cost('starter', 235_000_000, 0), cost('plus', 239_970_000, 0)] } as PlanComparison
    expect(cheapest(comparison, [starter, plus], 'monthly')).toBe('starter')
    expect(cheapest(comparison, [starter, plus], 'yearly')).toBe('plus')
  })
})

it('sums are told in cents, small ones as they are', () => {
  expect(toCents(148_437_398)).toBe(148_440_000)
  expect(toCents(-88_264_193)).toBe(-88_260_000)
  expect(toCents(33_660)).toBe(33_660)
})

it('credit is told in cents that are there, and what is missing in cents that suffice', () => {
  expect(wholeCents(26_614_668)).toBe(26_610_000)
  expect(-wholeCents(26_614_668 - 756_550_000)).toBe(729_940_000)
})

describe('a meter', () => {
  it('shows use, pace and what is included on one scale', () => {
    const bar = meterBar(meter)
    expect(bar.pacePercent).toBe(100)
    expect(bar.includedPercent).toBeCloseTo(80.6, 1)
    expect(bar.usedPercent).toBeCloseTo(32.3, 1)
  })
  it('has no mark without limit, and nothing to divide by when nothing was used', () => {
    expect(meterBar({ used: 0, pace: 0, included: null, limit: null })).toEqual({ usedPercent: 0, pacePercent: 0, includedPercent: null })
  })
  it('never shows the pace behind the use', () => expect(meterBar({ used: 10, pace: 4, included: 20, limit: null }).pacePercent).toBe(50))
  it('tells ahead that it will pass, and what that costs', () => {
    expect(willPass(meter)).toBe(true)
    expect(willPass({ ...meter, pace: 5000 })).toBe(false)
    expect(willPass({ ...meter, included: 0 })).toBe(false)
    expect(paceMicros(meter)).toBe(1200 * 1990)
    expect(paceMicros({ ...meter, unit_quantity: 1000, overage_micros: 100_000 })).toBe(200_000)
    expect(paceMicros({ ...meter, included: null })).toBe(0)
  })
})
