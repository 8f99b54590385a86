/**
 * Meta's payloads as the phone reads them. The wire may bring anything, so each reader takes `unknown`
 * and gives a shape that is safe to draw.
 */
type Fields = Record<string, unknown>

export const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
export const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
const optional = (value: unknown): string | null => text(value) || null

export interface MediaContent {
  url: string | null
  mimeType: string
  caption: string | null
  filename: string | null
  voice: boolean
}

export function readMedia(content: unknown): MediaContent {
  const media = fields(content)
  return {
    url: optional(media.url) ?? optional(media.link),
    mimeType: text(media.mime_type),
    caption: optional(media.caption),
    filename: optional(media.filename),
    voice: media.voice === true,
  }
}

export interface Header {
  type: string
  text: string | null
  url: string | null
  filename: string | null
}

function readHeader(value: unknown): Header | null {
  const header = fields(value)
  const type = text(header.type).toLowerCase()
  if (type === '') return null
  const media = fields(header[type])
  return {
    type,
    text: optional(header.text),
    url: optional(header.url) ?? optional(media.url) ?? optional(media.link),
    filename: optional(header.filename) ?? optional(media.filename),
  }
}

export interface Button {
  id: string
  title: string
}

export interface ListRow extends Button {
  description: string | null
}

export interface InteractiveContent {
  kind: string
  header: Header | null
  body: string
  footer: string | null
  buttons: Button[]
  listButton: string
  sections: { title: string | null; rows: ListRow[] }[]
  link: { text: string; url: string } | null
  asks: Ask[]
}

/** Things a business can ask for whose buttons the phone itself names. `title` null: the phone has its own words. */
export interface Ask {
  kind: 'location' | 'contact' | 'flow' | 'allow' | 'refuse'
  title: string | null
  index: number
}

function readAsks(kind: string, title: string): Ask[] {
  switch (kind) {
    case 'location_request_message':
      return [{ kind: 'location', title: null, index: 0 }]
    case 'request_contact_info':
      return [{ kind: 'contact', title: null, index: 0 }]
    case 'flow':
      return [{ kind: 'flow', title: title || null, index: 0 }]
    case 'call_permission_request':
      return [
        { kind: 'allow', title: null, index: 0 },
        { kind: 'refuse', title: null, index: 1 },
      ]
    default:
      return []
  }
}

export function readInteractive(content: unknown): InteractiveContent {
  const interactive = fields(content)
  const action = fields(interactive.action)
  const parameters = fields(action.parameters)
  const linkText = text(parameters.display_text)
  return {
    kind: text(interactive.type),
    header: readHeader(interactive.header),
    body: text(fields(interactive.body).text),
    footer: optional(fields(interactive.footer).text),
    buttons: list(action.buttons).map((button) => readRow(fields(button).reply)),
    listButton: text(action.button),
    sections: list(action.sections).map((section) => ({
      title: optional(fields(section).title),
      rows: list(fields(section).rows).map(readRow),
    })),
    link: linkText ? { text: linkText, url: text(parameters.url) } : null,
    asks: readAsks(text(interactive.type), text(parameters.flow_cta)),
  }
}

function readRow(value: unknown): ListRow {
  const row = fields(value)
  return { id: text(row.id), title: text(row.title), description: optional(row.description) }
}

/** What the customer pressed earlier: a reply button, a list row, or a template's quick reply. */
export function readReply(type: string, content: unknown): { title: string; description: string | null } | null {
  if (type === 'button') return { title: text(fields(content).text), description: null }
  const interactive = fields(content)
  const kind = text(interactive.type)
  if (!kind.endsWith('_reply')) return null
  const reply = fields(interactive[kind])
  return {
    title: text(reply.title) || text(reply.body) || text(reply.response) || kind,
    description: optional(reply.description),
  }
}

export interface TemplateButton {
  index: number
  type: string
  text: string
  url: string | null
  phoneNumber: string | null
}

export interface TemplateContent {
  name: string
  header: Header | null
  body: string
  footer: string | null
  buttons: TemplateButton[]
}

export function readTemplate(content: unknown): TemplateContent {
  const template = fields(content)
  return {
    name: text(template.name),
    header: readHeader(template.header),
    body: text(template.body),
    footer: optional(template.footer),
    buttons: list(template.buttons).map((value, position) => {
      const button = fields(value)
      return {
        index: typeof button.index === 'number' ? button.index : position,
        type: text(button.type).toUpperCase(),
        text: text(button.text),
        url: optional(button.url),
        phoneNumber: optional(button.phone_number),
      }
    }),
  }
}

export interface OrderContent {
  note: string | null
  count: number
  totals: { currency: string; amount: number }[]
  lines: { name: string; quantity: number }[]
}

export function readOrder(content: unknown): OrderContent {
  const order = fields(content)
  const totals = new Map<string, number>()
  const lines = list(order.product_items).map((value) => {
    const item = fields(value)
    const quantity = Number(item.quantity) || 0
    const currency = text(item.currency)
    totals.set(currency, (totals.get(currency) ?? 0) + quantity * (Number(item.item_price) || 0))
    return { name: text(item.product_retailer_id), quantity }
  })
  return {
    note: optional(order.text),
    count: lines.reduce((sum, line) => sum + line.quantity, 0),
    totals: [...totals].map(([currency, amount]) => ({ currency, amount })),
    lines,
  }
}
