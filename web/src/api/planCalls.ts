// Calls about plans, use, invoices and the what-if.
import { client, once, take, takeAs } from './http'
import type * as T from './planTypes'

export const plans = () => take(client.GET('/api/billing/plans'))
export const subscription = () => take(client.GET('/api/billing/subscription'))
export const usage = () => take(client.GET('/api/billing/usage'))
export const choosePlan = (body: { plan: string; interval: T.Interval }) => take(client.PATCH('/api/billing/subscription', { body }))
export const previewChange = (body: T.PreviewOf) => take(client.POST('/api/billing/subscription/preview', { body }))

const keyed = (key: string) => ({ params: { header: once(key) } })
export const changePlan = (body: T.PlanChange, key: string) => take(client.POST('/api/billing/subscription/change', { body, ...keyed(key) }))
export const undoChange = (key: string) => take(client.POST('/api/billing/subscription/undo', keyed(key)))
export const cancelSubscription = (key: string) => take(client.POST('/api/billing/subscription/cancel', keyed(key)))
export const reactivate = (key: string) => take(client.POST('/api/billing/subscription/reactivate', keyed(key)))
export const comparePlans = () => take(client.GET('/api/billing/plans/compare'))

export interface WhatIfQuery {
  /** Such as 2026-10. */
  month: string
  /** Left out: the plans that were in force. */
  plan?: string | undefined
}
export const whatIf = (query: WhatIfQuery) => take(client.GET('/api/billing/what-if', { params: { query } }))

const ofInvoice = (invoice_id: string) => ({ params: { path: { invoice_id } } })
export const invoices = (after?: string | null) => take(client.GET('/api/billing/invoices', { params: { query: { after } } }))
export const drafts = () => takeAs<{ items: T.Invoice[] }>(client.GET('/api/billing/invoices/drafts'))
export const invoiceOfMonth = (month: string) => takeAs<T.Invoice>(client.GET('/api/billing/invoices/of-month', { params: { query: { month } } }))
export const invoice = (id: string) => takeAs<T.Invoice>(client.GET('/api/billing/invoices/{invoice_id}', ofInvoice(id)))
export const invoiceFile = (id: string, kind: 'pdf' | 'csv') => `/api/billing/invoices/${id}/${kind}`
export const creditNoteFile = (id: string) => `/api/billing/credit-notes/${id}/pdf`
export const billingProfile = () => take(client.GET('/api/billing/profile'))
export const saveBillingProfile = (body: T.Party) => take(client.PUT('/api/billing/profile', { body }))
