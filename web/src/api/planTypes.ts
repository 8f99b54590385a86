// What the API says about plans, use, invoices and the what-if, by name.
import type { components } from './schema'

type S = components['schemas']

export type PlanOffer = S['PlanOffer']
export type Subscription = S['SubscriptionView']
export type Interval = Subscription['interval']
export type Preview = S['Preview']
export type PreviewOf = S['PreviewOf']
export type PlanChange = S['Change']
export type Usage = S['Usage']
export type UsageMeter = S['UsageMeter']
export type Commitment = S['CommitmentView']
export type PlanComparison = S['PlanComparison']
export type PlanCost = S['PlanCost']

export type Party = Required<S['ProfileChange']>
export type BillingProfile = S['Profile']
/** What the server leaves out nowhere, though its description calls it optional. */
export type PartyShown = Required<S['Party']>
export type InvoiceLine = Required<S['InvoiceLine']>
export type Invoice = Required<Omit<S['Invoice'], 'lines' | 'seller' | 'buyer'>> & { lines: InvoiceLine[]; seller: PartyShown; buyer: PartyShown }
export type InvoiceBrief = S['InvoiceBrief']

export type WhatIf = S['WhatIf']
export interface WhatIfLine {
  category: string
  market: string
  quantity: number
  unit_micros?: number | null
  amount_micros: number
}
