// What the API says, by name. Taken from its description; everything else in the app imports these names.
import type { Content, MessageType } from './content'
import type { components } from './schema'

export * from './content'

type S = components['schemas']
export interface Page<T> {
  items: T[]
  next: string | null
}

/** Some problems say more: how much credit is missing, or which error of WhatsApp's stands behind them. */
export type Problem = S['Problem'] & { needed_micros?: number; available_micros?: number; currency?: string; meta_code?: number }
export type Me = S['Me']
export type PhoneNumber = Omit<S['Number'], 'last_error'> & { last_error: Problem | null }
export type NumberStatus = PhoneNumber['status']
export type PhoneCheck = S['PhoneCheck']

export type CustomerBrief = S['CustomerBrief']
export type Customer = S['CustomerView']
export type Conversation = S['Conversation']
export type Category = Conversation['category']
export type Chat = S['ChatView']
export type MessageStatus = S['MessageView']['status']
export type Message = Omit<S['MessageView'], 'type' | 'content' | 'statuses'> & {
  type: MessageType
  content: Content
  statuses: Partial<Record<MessageStatus, string>>
}
export interface MessagePage extends Page<Message> {
  previous?: string | null
}
export type Template = S['TemplateView']
export type QuarantinedWebhook = S['QuarantinedUpdate']

export type Wallet = S['Wallet']
export type Charge = S['Charge']
export type ChargeCategory = Charge['category']
export type Breakdown = S['Breakdown']
export type SpendBy = Breakdown['by']
export type SpendMonth = S['Month']
export type StatementLine = S['StatementLine']
export type TopUpWish = S['TopUp']
export type PayMethod = TopUpWish['method']
export type PaymentMethod = S['PaymentMethod']
export type Payment = Required<S['Payment']>
export type Refund = S['Refund']
export type Card = S['Card']
export type AutoTopUp = S['AutoTopUp']
export type AutoTopUpWish = S['AutoTopUpWish']
export type Alert = S['Alert']
export type AlertSettings = S['AlertSettings']
export type Reconciliation = S['Reconciliation']
export type ReconciledMessage = S['ReconciledMessage']
export type ReconciledClass = ReconciledMessage['class']
export type ProviderCost = S['ProviderCost']

export type ChatFilter = 'all' | 'unread' | 'closed'
export interface AgentPresence {
  agent_id: string
  name: string
  typing: boolean
}
export type RealtimeEvent =
  | { type: 'hello'; now: string; version: string }
  | { type: 'message'; message: Message }
  | { type: 'chat'; chat: Chat }
  | { type: 'customer'; customer: Customer }
  | { type: 'chat_removed'; chat_id: string; merged_into: string | null }
  | { type: 'wallet'; wallet: Wallet }
  | { type: 'charge'; charge: Charge }
  | { type: 'number'; number: PhoneNumber }
  | { type: 'payment'; payment: Payment }
  | { type: 'cards'; cards: Card[] }
  | { type: 'auto_top_up'; auto_top_up: AutoTopUp }
  | { type: 'alert'; alert: Alert }
  | { type: 'templates_changed' }
  | { type: 'presence'; chat_id: string; agents: AgentPresence[] }
  | { type: 'agent_presence'; agents: { agent_id: string; online: boolean }[] }
  | { type: 'signed_out' }
  | { type: 'resync' }
  | { type: 'pong' }
