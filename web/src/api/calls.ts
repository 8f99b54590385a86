// Every call the app makes, one line each.
import { address, request, upload } from './http'
import type * as T from './types'

const get = <R>(path: string, query?: Parameters<typeof address>[1], signal?: AbortSignal) =>
  request<R>('GET', path, { ...(query && { query }), ...(signal && { signal }) })
const post = <R>(path: string, body?: unknown, idempotencyKey?: string) =>
  request<R>('POST', path, { ...(body !== undefined && { body }), ...(idempotencyKey && { idempotencyKey }) })
const patch = <R>(path: string, body: unknown) => request<R>('PATCH', path, { body })

export interface SignUp {
  brand: string
  name: string
  email: string
  password: string
  time_zone: string
  locale: string
}
export const me = () => get<T.Me>('/api/me')
export const updateMe = (changes: { name?: string; locale?: string }) => patch<T.Me>('/api/me', changes)
export const signUp = (form: SignUp) => post<T.Me>('/api/sign-up', form)
export const signIn = (form: { email: string; password: string }) => post<T.Me>('/api/sign-in', form)
export const signOut = () => post<undefined>('/api/sign-out')
export const signOutEverywhere = () => post<undefined>('/api/sign-out-everywhere')
export const agents = () => get<{ items: T.Agent[] }>('/api/agents')

export const numbers = () => get<{ items: T.PhoneNumber[] }>('/api/numbers')
export const addNumber = (form: { phone: string; country?: string; display_name: string }, key: string) =>
  post<T.PhoneNumber>('/api/numbers', form, key)
export const requestCode = (id: string, method: 'sms' | 'voice', language?: string) =>
  post<T.PhoneNumber>(`/api/numbers/${id}/request-code`, { method, ...(language && { language }) })
export const verifyCode = (id: string, code: string) => post<T.PhoneNumber>(`/api/numbers/${id}/verify-code`, { code })
export const registerNumber = (id: string, pin: string) => post<T.PhoneNumber>(`/api/numbers/${id}/register`, { pin })
export const removeNumber = (id: string) => request<undefined>('DELETE', `/api/numbers/${id}`)
export const phoneCheck = (phone: string, country: string | undefined, signal?: AbortSignal) =>
  get<T.PhoneCheck>('/api/phone-check', { phone, country }, signal)

export interface ChatQuery {
  filter: T.ChatFilter
  number_id?: string | undefined
  q?: string | undefined
}
export const chats = (query: ChatQuery & { after?: string | null; limit?: number }, signal?: AbortSignal) =>
  get<T.Page<T.Chat>>('/api/chats', { ...query }, signal)
export const chat = (id: string) => get<T.Chat>(`/api/chats/${id}`)
export const openChat = (numberId: string, phone: string) => post<T.Chat>('/api/chats', { number_id: numberId, phone })
export interface MessageCursor {
  before?: string
  after?: string
  around?: string
}
export const messages = (chatId: string, cursor: MessageCursor & { limit?: number }, signal?: AbortSignal) =>
  get<T.MessagePage>(`/api/chats/${chatId}/messages`, { ...cursor }, signal)
export const send = (chatId: string, body: T.Send, key: string) => post<T.Message>(`/api/chats/${chatId}/messages`, body, key)
export const resend = (messageId: string, key: string) => post<T.Message>(`/api/messages/${messageId}/resend`, undefined, key)
export const markRead = (chatId: string) => post<T.Chat>(`/api/chats/${chatId}/read`)
export const closeChat = (chatId: string) => post<T.Chat>(`/api/chats/${chatId}/close`)
export const reopenChat = (chatId: string) => post<T.Chat>(`/api/chats/${chatId}/reopen`)
export const assignChat = (chatId: string, agentId: string | null) => post<T.Chat>(`/api/chats/${chatId}/assign`, { agent_id: agentId })
export const customer = (id: string) => get<T.Customer>(`/api/customers/${id}`)
export const renameCustomer = (id: string, name: string) => patch<T.Customer>(`/api/customers/${id}`, { name })
export const uploadMedia = (file: File, onProgress: (share: number) => void, signal?: AbortSignal) =>
  upload<T.Media>('/api/media', file, onProgress, signal)
export const quarantine = (after?: string | null) => get<T.Page<T.QuarantinedWebhook>>('/api/quarantine', { after })
export const replay = (id: string) => post<unknown>(`/api/quarantine/${id}/replay`)

export const templates = (status?: string, after?: string | null) => get<T.Page<T.Template>>('/api/templates', { status, after, limit: 100 })
export const syncTemplates = () => post<{ items: T.Template[] }>('/api/templates/sync')

export const wallet = () => get<T.Wallet>('/api/wallet')
export const topUp = (amountMicros: number, key: string) =>
  post<{ payment: T.Payment; wallet: T.Wallet }>('/api/billing/top-ups', { amount_micros: amountMicros, method: 'test' }, key)
export interface ChargeQuery {
  category?: string | undefined
  from?: string | undefined
  to?: string | undefined
}
export const charges = (query: ChargeQuery & { after?: string | null; limit?: number }) =>
  get<T.Page<T.Charge>>('/api/billing/charges', { ...query })
export const charge = (id: string) => get<T.Charge>(`/api/billing/charges/${id}`)
export const chargesCsv = (query: { from?: string; to?: string }) => address('/api/billing/charges.csv', query)
export const spend = (days: number) => get<T.Spend>('/api/billing/spend', { days })
export const statement = (after?: string | null) => get<T.Page<T.StatementLine>>('/api/billing/statement', { after })
