// What a message holds, by its type, and what an agent sends. The API's description leaves content open, because WhatsApp adds
// kinds faster than anybody: this page names the kinds the app knows how to show.
import type { components } from './schema'

type S = components['schemas']
export type Media = S['MediaView']
export type ReplyButton = S['ButtonIn']
export type ListSection = S['SectionIn']
export type TemplateButton = S['TemplateButton']
export type TemplateParameters = S['TemplateParameters']

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
export interface OrderItem {
  product_retailer_id: string
  quantity: number
  item_price: number
  currency: string
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

export type Send =
  | { type: 'text'; body: string; reply_to?: string; preview_url?: boolean }
  | { type: 'media'; media_id: string; caption?: string; reply_to?: string; voice?: boolean }
  | { type: 'reaction'; message_id: string; emoji: string }
  | ({ type: 'interactive'; reply_to?: string } & SendInteractive)
  | { type: 'template'; template_id: string; parameters: TemplateParameters; header_media_id?: string }
/** Narrower than the API's own type: what belongs to buttons and what to lists cannot be mixed. */
export type SendInteractive =
  | { kind: 'button'; header?: string; body: string; footer?: string; buttons: ReplyButton[] }
  | { kind: 'list'; header?: string; body: string; footer?: string; button: string; sections: ListSection[] }
