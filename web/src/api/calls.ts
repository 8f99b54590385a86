// Every call the app makes, one line each, checked against the API's description.
import { address, client, once, take, takeAs, upload } from './http'
import type * as T from './types'

export const me = () => take(client.GET('/api/me'))
export const updateMe = (body: { name?: string; locale?: string }) => take(client.PATCH('/api/me', { body }))
export const signUp = (body: { brand: string; name: string; email: string; password: string; time_zone: string; locale: string }) =>
  take(client.POST('/api/sign-up', { body }))
export const signIn = (body: { email: string; password: string }) => take(client.POST('/api/sign-in', { body }))
export const signOut = () => take(client.POST('/api/sign-out'))
export const signOutEverywhere = () => take(client.POST('/api/sign-out-everywhere'))
export const advanceClock = (seconds: number) => take(client.POST('/api/sandbox/advance-clock', { body: { seconds } }))
export const agents = () => take(client.GET('/api/agents'))

const ofNumber = (number_id: string) => ({ params: { path: { number_id } } })
export const numbers = () => take(client.GET('/api/numbers'))
export const addNumber = (body: { phone: string; country?: string; display_name: string }, key: string) =>
  take(client.POST('/api/numbers', { body, params: { header: once(key) } }))
export const requestCode = (id: string, method: 'sms' | 'voice', language?: string) =>
  take(client.POST('/api/numbers/{number_id}/request-code', { ...ofNumber(id), body: { method, language } }))
export const verifyCode = (id: string, code: string) => take(client.POST('/api/numbers/{number_id}/verify-code', { ...ofNumber(id), body: { code } }))
export const registerNumber = (id: string, pin: string) => take(client.POST('/api/numbers/{number_id}/register', { ...ofNumber(id), body: { pin } }))
export const removeNumber = (id: string) => take(client.DELETE('/api/numbers/{number_id}', ofNumber(id)))
export const phoneCheck = (phone: string, country: string | undefined, signal?: AbortSignal) =>
  take(client.GET('/api/phone-check', { params: { query: { phone, country } }, signal }))

export interface ChatQuery {
  filter: T.ChatFilter
  number_id?: string | undefined
  q?: string | undefined
}
const ofChat = (chat_id: string) => ({ params: { path: { chat_id } } })
export const chats = (query: ChatQuery & { after?: string | null; limit?: number }, signal?: AbortSignal) =>
  take(client.GET('/api/chats', { params: { query }, signal }))
export const chat = (id: string) => take(client.GET('/api/chats/{chat_id}', ofChat(id)))
export const openChat = (number_id: string, phone: string) => take(client.POST('/api/chats', { body: { number_id, phone } }))
export interface MessageCursor {
  before?: string
  after?: string
  around?: string
}
export const messages = (chat_id: string, query: MessageCursor & { limit?: number }, signal?: AbortSignal) =>
  takeAs<T.MessagePage>(client.GET('/api/chats/{chat_id}/messages', { params: { path: { chat_id }, query }, signal }))
export const send = (chat_id: string, body: T.Send, key: string) =>
  takeAs<T.Message>(client.POST('/api/chats/{chat_id}/messages', { params: { path: { chat_id }, header: once(key) }, body }))
export const resend = (message_id: string, key: string) =>
  takeAs<T.Message>(client.POST('/api/messages/{message_id}/resend', { params: { path: { message_id }, header: once(key) } }))
export const markRead = (id: string) => take(client.POST('/api/chats/{chat_id}/read', ofChat(id)))
export const closeChat = (id: string) => take(client.POST('/api/chats/{chat_id}/close', ofChat(id)))
export const reopenChat = (id: string) => take(client.POST('/api/chats/{chat_id}/reopen', ofChat(id)))
export const assignChat = (id: string, agent_id: string | null) => take(client.POST('/api/chats/{chat_id}/assign', { ...ofChat(id), body: { agent_id } }))
const ofCustomer = (customer_id: string) => ({ params: { path: { customer_id } } })
export const customer = (id: string) => take(client.GET('/api/customers/{customer_id}', ofCustomer(id)))
export const renameCustomer = (id: string, name: string) => take(client.PATCH('/api/customers/{customer_id}', { ...ofCustomer(id), body: { name } }))
export const uploadMedia = (file: File, onProgress: (share: number) => void, signal?: AbortSignal) =>
  upload<T.Media>('/api/media', file, onProgress, signal)
export const quarantine = (after?: string | null) => take(client.GET('/api/quarantine', { params: { query: { after } } }))
export const replay = (update_id: string) => take(client.POST('/api/quarantine/{update_id}/replay', { params: { path: { update_id } } }))

export const templates = (status?: string, after?: string | null) =>
  take(client.GET('/api/templates', { params: { query: { status, after, limit: 100 } } }))
export const syncTemplates = () => take(client.POST('/api/templates/sync'))

export const wallet = () => take(client.GET('/api/wallet'))
export const topUp = (body: T.TopUpWish, key: string) => take(client.POST('/api/billing/top-ups', { body, params: { header: once(key) } }))
export interface ChargeQuery {
  category?: T.ChargeCategory | undefined
  meter?: string | undefined
  market?: string | undefined
  number_id?: string | undefined
  flow_id?: string | undefined
  from?: string | undefined
  to?: string | undefined
}
export const charges = (query: ChargeQuery & { after?: string | null; limit?: number }) => take(client.GET('/api/billing/charges', { params: { query } }))
export const charge = (charge_id: string) => take(client.GET('/api/billing/charges/{charge_id}', { params: { path: { charge_id } } }))
export const chargesCsv = (query: ChargeQuery) => address('/api/billing/charges.csv', query)
export const breakdown = (by: T.SpendBy, days: number) => take(client.GET('/api/billing/breakdown', { params: { query: { by, days } } }))
export const month = () => take(client.GET('/api/billing/month'))
export const statement = (after?: string | null) => take(client.GET('/api/billing/statement', { params: { query: { after } } }))

const ofPayment = (payment_id: string) => ({ params: { path: { payment_id } } })
export const paymentMethods = () => take(client.GET('/api/billing/payment-methods'))
export const payments = (after?: string | null) => take(client.GET('/api/billing/payments', { params: { query: { after } } }))
export const payment = (id: string) => take(client.GET('/api/billing/payments/{payment_id}', ofPayment(id)))
/** Asks the gateway what became of a payment. */
export const lookAtPayment = (id: string) => take(client.POST('/api/billing/payments/{payment_id}/look', ofPayment(id)))
export const refunds = (id: string) => take(client.GET('/api/billing/payments/{payment_id}/refunds', ofPayment(id)))
export const refund = (payment_id: string, amount_micros: number | null, key: string) =>
  take(client.POST('/api/billing/payments/{payment_id}/refunds', { params: { path: { payment_id }, header: once(key) }, body: { amount_micros } }))
const ofCard = (card_id: string) => ({ params: { path: { card_id } } })
export const cards = () => take(client.GET('/api/billing/cards'))
export const beginCard = (method: T.PayMethod) => take(client.POST('/api/billing/cards/setups', { body: { method } }))
export const saveCard = (method: T.PayMethod, setup_id: string) => take(client.POST('/api/billing/cards', { body: { method, setup_id } }))
export const defaultCard = (id: string) => take(client.POST('/api/billing/cards/{card_id}/default', ofCard(id)))
export const removeCard = (id: string) => take(client.DELETE('/api/billing/cards/{card_id}', ofCard(id)))
export const autoTopUp = () => take(client.GET('/api/billing/auto-top-up'))
export const setAutoTopUp = (body: T.AutoTopUpWish) => take(client.PUT('/api/billing/auto-top-up', { body }))
export const alerts = (after?: string | null) => take(client.GET('/api/billing/alerts', { params: { query: { after } } }))
export const seeAlert = (alert_id: string) => take(client.POST('/api/billing/alerts/{alert_id}/seen', { params: { path: { alert_id } } }))
export const alertSettings = () => take(client.GET('/api/billing/alerts/settings'))
export const setAlertSettings = (body: T.AlertSettings) => take(client.PUT('/api/billing/alerts/settings', { body }))

export interface DaysQuery {
  from?: string | undefined
  to?: string | undefined
}
export const reconciliation = (query: DaysQuery) => take(client.GET('/api/billing/reconciliation', { params: { query } }))
export const reconciledMessages = (query: DaysQuery & { class: T.ReconciledClass; after?: string | null }) =>
  take(client.GET('/api/billing/reconciliation/messages', { params: { query } }))
export const providerCost = (query: DaysQuery) => take(client.GET('/api/billing/provider-cost', { params: { query } }))
