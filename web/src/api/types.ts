// What the API says, by name. Everything else in the app imports these names and never the generated file.

export type Iso = string
export type Micros = number
export interface Page<T> {
  items: T[]
  next: string | null
}

export interface Problem {
  type: string
  title: string
  status: number
  code: string
  detail: string
  fields?: { field: string; message: string }[]
  request_id?: string
  needed_micros?: Micros
  available_micros?: Micros
  currency?: string
  meta_code?: number
}

export interface Agent {
  id: string
  name: string
  email: string
  role: 'owner' | 'admin' | 'agent' | 'limited_agent'
}
export interface Me {
  agent: Agent & { locale: string }
  account: {
    id: string
    name: string
    time_zone: string
    currency: string
    sandbox: boolean
    plan: string
    now: Iso
    created_at: Iso
  }
  simulator_url: string | null
  features: { test_payments: boolean }
}

export type NumberStatus = 'added' | 'code_sent' | 'verified' | 'connected' | 'failed'
export interface PhoneNumber {
  id: string
  phone: string
  phone_formatted: string
  country: string | null
  display_name: string
  status: NumberStatus
  code_method: 'sms' | 'voice' | null
  code_sent_at: Iso | null
  code_expires_at: Iso | null
  next_code_at: Iso | null
  quality: string | null
  throughput_per_second: number
  connected_at: Iso | null
  last_error: Problem | null
  created_at: Iso
}
export interface PhoneCheck {
  valid: boolean
  e164: string | null
  formatted: string | null
  country: string | null
  reason: string | null
}

export interface CustomerBrief {
  id: string
  name: string
  phone: string | null
  phone_formatted: string | null
  user_id: string | null
  username: string | null
  country: string | null
}
export interface Customer extends CustomerBrief {
  profile_name: string | null
  created_at: Iso
  chats_count: number
  first_seen_at: Iso
  last_seen_at: Iso | null
  language: string | null
  blocked: boolean
}
export type Category = 'marketing' | 'utility' | 'authentication' | 'service' | 'referral_conversion'
export interface Conversation {
  id: string
  category: Category
  opened_at: Iso
  expires_at: Iso
  opening_message_id: string
  amount_micros: Micros | null
  currency: string
  rule: string
  charge_id: string | null
}

export type MessageStatus = 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'played' | 'failed' | 'received'
export interface Chat {
  id: string
  number_id: string
  customer: CustomerBrief
  state: 'queue' | 'assigned' | 'closed'
  assigned_agent_id: string | null
  unread_count: number
  last_message: {
    id: string
    direction: 'in' | 'out'
    type: string
    preview: string
    status: MessageStatus | null
    at: Iso
  } | null
  last_message_at: Iso
  window_expires_at: Iso | null
  conversation: Conversation | null
  version: number
  updated_at: Iso
}

export interface Media {
  id: string
  mime_type: string
  size_bytes: number | null
  filename: string | null
  width: number | null
  height: number | null
  state: 'pending' | 'stored' | 'failed'
  url: string | null
  thumbnail_url: string | null
  error: string | null
}
export interface Referral {
  headline?: string | null
  body?: string | null
  source_url?: string | null
  source_type?: string | null
  media_url?: string | null
}
export interface ContactCard {
  formatted_name: string
  phones?: { phone: string; type?: string | null }[]
  emails?: string[]
  org?: string | null
}
export interface ReplyButton {
  id: string
  title: string
}
export interface ListSection {
  title?: string | null
  rows: { id: string; title: string; description?: string | null }[]
}
export interface OrderItem {
  product_retailer_id: string
  quantity: number
  item_price: number
  currency: string
}
export interface TemplateButton {
  type: string
  text: string
  url?: string | null
  phone_number?: string | null
}
interface TextContent {
  body: string
}
export interface MediaContent {
  media: Media
  caption?: string | null
  filename?: string | null
  voice?: boolean | null
  animated?: boolean | null
}
export interface LocationContent {
  latitude: number
  longitude: number
  name?: string | null
  address?: string | null
  url?: string | null
}
export interface InteractiveContent {
  kind: 'button' | 'list'
  header?: string | null
  body: string
  footer?: string | null
  buttons?: ReplyButton[] | null
  button?: string | null
  sections?: ListSection[] | null
}
export interface InteractiveReplyContent {
  kind: string
  id?: string | null
  title?: string | null
  description?: string | null
  data?: unknown
}
export interface OrderContent {
  catalog_id: string
  text?: string | null
  items: OrderItem[]
}
export interface TemplateContent {
  name: string
  language: string
  category: string
  header?: string | null
  body: string
  footer?: string | null
  buttons?: TemplateButton[] | null
  parameters?: unknown
  media?: Media | null
}
/** What a message holds, by its type. A type the app does not know is shown as `unknown`. */
export interface ContentByType {
  text: TextContent
  image: MediaContent
  video: MediaContent
  audio: MediaContent
  document: MediaContent
  sticker: MediaContent
  location: LocationContent
  contacts: { contacts: ContactCard[] }
  interactive: InteractiveContent
  interactive_reply: InteractiveReplyContent
  button: { text: string; payload?: string | null }
  order: OrderContent
  system: { kind: string; body: string }
  template: TemplateContent
  unsupported: { kind?: string | null; title?: string | null; detail?: string | null }
  unknown: { raw?: unknown }
}
export type MessageType = keyof ContentByType
export type Content = ContentByType[MessageType] & { referral?: Referral | null; resend_of?: string | null }

export interface SendError {
  code: number | null
  title: string
  detail: string
  advice: string
  can_resend: boolean
}
export interface Message {
  id: string
  chat_id: string
  direction: 'in' | 'out'
  type: MessageType
  content: Content
  context: { message_id: string | null; wamid: string | null; preview?: string | null } | null
  at: Iso
  sent_by: { agent_id: string; name: string } | null
  status: MessageStatus
  statuses: Partial<Record<MessageStatus, Iso>>
  error: SendError | null
  reactions: { by: 'customer' | 'business'; emoji: string }[]
  edited_at: Iso | null
  revoked_at: Iso | null
  forwarded: boolean
  conversation_id: string | null
  charge: { amount_micros: Micros; currency: string; rule: string } | null
  wamid: string | null
  version: number
}
export interface MessagePage extends Page<Message> {
  previous?: string | null
}

export type Send =
  | { type: 'text'; body: string; reply_to?: string; preview_url?: boolean }
  | { type: 'media'; media_id: string; caption?: string; reply_to?: string; voice?: boolean }
  | { type: 'reaction'; message_id: string; emoji: string }
  | ({ type: 'interactive'; reply_to?: string } & SendInteractive)
  | { type: 'template'; template_id: string; parameters: TemplateParameters; header_media_id?: string }
export type SendInteractive =
  | { kind: 'button'; header?: string; body: string; footer?: string; buttons: ReplyButton[] }
  | { kind: 'list'; header?: string; body: string; footer?: string; button: string; sections: ListSection[] }
export interface TemplateParameters {
  header?: string[]
  body?: string[]
  buttons?: { index: number; value: string }[]
}

export interface Template {
  id: string
  name: string
  language: string
  category: string
  status: string
  quality: string | null
  rejected_reason: string | null
  parameter_format: string
  components: unknown[]
  header_format: string | null
  header?: string | null
  body: string
  footer: string | null
  buttons: TemplateButton[]
  parameters: {
    header: { name: string; example: string | null }[]
    body: { name: string; example: string | null }[]
    buttons: { index: number; name: string; example: string | null }[]
  }
  synced_at: Iso
}

export interface Wallet {
  currency: string
  available_micros: Micros
  held_micros: Micros
  paid_micros: Micros
  promo_micros: Micros
  low_balance_micros: Micros
  version: number
  as_of: Iso
  runway_days: number | null
  spent_today_micros: Micros
  blocks: {
    id: string
    kind: 'paid' | 'promo'
    amount_micros: Micros
    remaining_micros: Micros
    expires_at: Iso | null
    created_at: Iso
  }[]
}
export interface Payment {
  id: string
  state: string
  amount_micros: Micros
  currency: string
  created_at: Iso
}
export interface Charge {
  id: string
  at: Iso
  meter: string
  category: Category
  market: string
  amount_micros: Micros
  currency: string
  rule: string
  rate: { card: string; version: string | number; effective_from: string }
  conversation_id: string
  message_id: string
  chat_id: string
  customer: { id: string; name: string; phone_formatted: string | null }
  number_id: string
  reverses_id: string | null
}
export interface Spend {
  currency: string
  time_zone: string
  days: { day: string; total_micros: Micros; conversations: number; by_category: Partial<Record<Category, Micros>> }[]
}
export interface StatementLine {
  id: string
  at: Iso
  kind: 'top_up' | 'grant' | 'hold' | 'charge' | 'void' | 'reversal' | 'expiry'
  description: string
  amount_micros: Micros
  balance_after_micros: Micros
  message_id: string | null
  charge_id: string | null
}
export interface QuarantinedWebhook {
  id: string
  received_at: Iso
  error: string
  summary: string
  attempts: number
}

export type ChatFilter = 'all' | 'unread' | 'closed'
export interface AgentPresence {
  agent_id: string
  name: string
  typing: boolean
}
export type RealtimeEvent =
  | { type: 'hello'; now: Iso; version: string }
  | { type: 'message'; message: Message }
  | { type: 'chat'; chat: Chat }
  | { type: 'customer'; customer: Customer }
  | { type: 'chat_removed'; chat_id: string; merged_into: string | null }
  | { type: 'wallet'; wallet: Wallet }
  | { type: 'charge'; charge: Charge }
  | { type: 'number'; number: PhoneNumber }
  | { type: 'templates_changed' }
  | { type: 'presence'; chat_id: string; agents: AgentPresence[] }
  | { type: 'agent_presence'; agents: { agent_id: string; online: boolean }[] }
  | { type: 'signed_out' }
  | { type: 'resync' }
  | { type: 'pong' }
