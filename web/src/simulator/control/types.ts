/** What the simulator's control face says: field names as they travel, nothing of Hobnob's own API. */

export interface SmsMessage {
  at: string
  from: string
  body: string
}

export interface VoiceCall {
  at: string
  body: string
}

export interface Phone {
  phone: string
  user_id: string
  name: string
  username: string | null
  shares_phone: boolean
  online: boolean
  read_receipts: boolean
  whatsapp_app: boolean
  is_business: boolean
  blocked: string[]
  sms: SmsMessage[]
  calls: VoiceCall[]
  open_chat: string | null
}

export interface BusinessNumber {
  id: string
  display_phone_number: string
  phone: string
  verified_name: string
  status: string
  code_verification_status: string
}

export interface Waba {
  id: string
  name: string
  phone_numbers: BusinessNumber[]
}

export interface ConnectedApp {
  app_id: string
  callback_url: string | null
  handshake?: 'ok' | 'failed' | null
}

export interface Faults {
  webhook_delay_ms: [number, number]
  duplicate: number
  reorder: boolean
  batch_max: number
  drop_then_retry: number
  http_5xx: number
  slow_ms: number
  rate_limit_per_second: number | null
  undeliverable: number
  mode_131047: 'async' | 'sync'
  lost_answers: number
  template_review_s: number | null
  pair_limit: boolean
}

export interface SimulatorState {
  now: string
  clock_ahead_s: number
  apps: ConnectedApp[]
  wabas: Waba[]
  phones: Phone[]
  /** What stands as always is left out. */
  faults: Partial<Faults>
}

export interface TemplateComponent {
  type: string
  format?: string
  text?: string
  buttons?: { type: string; text?: string; url?: string; phone_number?: string }[]
}

export interface Template {
  id: string
  waba_id: string
  name: string
  language: string
  category: string
  status: string
  components: TemplateComponent[]
  rejected_reason: string | null
}

export type MessageStatus = 'sent' | 'delivered' | 'read' | 'played' | 'failed'

export interface Reaction {
  emoji: string
  from_me: boolean
}

/** `content` is Meta's payload of the message's type; it stays unknown here and each bubble narrows its own. */
export interface ChatMessage {
  id: string
  from_me: boolean
  type: string
  content: unknown
  context?: { id: string } | null
  at: string
  status: MessageStatus | null
  reactions: Reaction[]
  edited?: boolean
  deleted?: boolean
  pressed?: (string | number)[]
}

export interface Chat {
  phone_number_id: string
  display_phone_number: string
  name: string
  unread: number
  typing: boolean
  blocked: boolean
  messages: ChatMessage[]
}

export interface LogEntry {
  seq: number
  at: string
  kind: 'call' | 'webhook'
  method: string
  path: string
  status: number | null
  request: unknown
  response: unknown
  ms: number
  attempt?: number
  fault?: string
}

export interface UploadedMedia {
  id: string
  url: string
  mime_type: string
  file_size: number
}

export type LiveFrame =
  | { type: 'log'; entry: LogEntry }
  | { type: 'phone'; phone: Phone }
  | { type: 'phone'; removed: string }
  | { type: 'chat'; phone: string; chat: Chat }
  | { type: 'state'; state: SimulatorState }

export interface NewPhone {
  phone?: string
  name?: string
  username?: string
  shares_phone?: boolean
  whatsapp_app?: boolean
}

export type PhonePatch = Partial<
  Pick<Phone, 'online' | 'read_receipts' | 'name' | 'whatsapp_app' | 'username' | 'shares_phone'>
>

/** A customer's message: `to`, `type`, and Meta's payload under the key named by `type`. */
export interface CustomerMessage {
  to: string
  type: string
  context?: { message_id: string }
  referral?: Record<string, string>
  [payload: string]: unknown
}
