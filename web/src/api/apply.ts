// What realtime events do to what the browser already knows. Pure: state and events in, state out.
// The promise, tested: apply(events, old answers) is what fresh answers would say. Newer versions win, so events may
// come twice, late or in any order.
import type { AgentPresence, Charge, Chat, Customer, CustomerBrief, Message, PhoneNumber, RealtimeEvent, Wallet } from './types'

export interface ChatList {
  filter: 'all' | 'unread' | 'closed'
  number_id?: string | null
  q?: string | null
  items: Chat[]
  next: string | null
}
export interface MessageWindow {
  /** Newest first, as the API answers. */
  items: Message[]
  next: string | null
  /** Set while newer messages exist that were not loaded: then only known messages change. */
  previous?: string | null
}
export interface ChargeList {
  category?: string | null
  meter?: string | null
  market?: string | null
  number_id?: string | null
  flow_id?: string | null
  from?: string | null
  to?: string | null
  items: Charge[]
  next: string | null
}
export interface State {
  chat_lists: ChatList[]
  chats: Record<string, Chat>
  messages: Record<string, MessageWindow>
  customers: Record<string, Customer>
  numbers: PhoneNumber[] | null
  wallet: Wallet | null
  charge_lists: ChargeList[]
  presence: Record<string, AgentPresence[]>
  online: Record<string, boolean>
  /** What events made doubtful and must be asked for again. */
  stale: Stale[]
}
export type Stale = 'everything' | 'templates' | 'searches' | 'charges_of_days' | 'spend' | 'statement' | 'payments' | 'cards' | 'auto-top-up' | 'alerts' | `messages:${string}` | `chat:${string}`

export const emptyState: State = {
  chat_lists: [],
  chats: {},
  messages: {},
  customers: {},
  numbers: null,
  wallet: null,
  charge_lists: [],
  presence: {},
  online: {},
  stale: [],
}

const newer = (a: { version: number } | null | undefined, b: { version: number }) => !a || b.version > a.version

/** Newest first, ties by id: the order of every keyset list of the API. */
function before(aAt: string, aId: string, bAt: string, bId: string): boolean {
  const a = Date.parse(aAt)
  const b = Date.parse(bAt)
  return a === b ? aId > bId : a > b
}

/** Puts an item where it belongs, unless that place lies beyond what was loaded. */
function insert<T extends { id: string }>(items: T[], item: T, at: (item: T) => string, next: string | null): T[] {
  const index = items.findIndex((other) => before(at(item), item.id, at(other), other.id))
  if (index === -1) return next === null ? [...items, item] : items
  return [...items.slice(0, index), item, ...items.slice(index)]
}

function belongs(list: ChatList, chat: Chat): boolean {
  if (list.number_id && list.number_id !== chat.number_id) return false
  if (list.filter === 'unread') return chat.unread_count > 0
  return (chat.state === 'closed') === (list.filter === 'closed')
}

function chatIntoList(list: ChatList, chat: Chat): ChatList {
  const known = list.items.find((item) => item.id === chat.id)
  if (known && !newer(known, chat)) return list
  // What a search finds only the server knows: known rows change in place, new ones wait for the next fetch.
  if (list.q) return known ? { ...list, items: list.items.map((item) => (item.id === chat.id ? chat : item)) } : list
  const rest = known ? list.items.filter((item) => item.id !== chat.id) : list.items
  if (!belongs(list, chat)) return known ? { ...list, items: rest } : list
  const items = insert(rest, chat, (item) => item.last_message_at, list.next)
  return items === list.items ? list : { ...list, items }
}

function applyChat(state: State, chat: Chat): State {
  const known = state.chats[chat.id]
  return {
    ...state,
    chat_lists: state.chat_lists.map((list) => chatIntoList(list, chat)),
    chats: known && newer(known, chat) ? { ...state.chats, [chat.id]: chat } : state.chats,
    stale: state.chat_lists.some((list) => list.q) ? withStale(state, 'searches') : state.stale,
  }
}

function applyMessage(state: State, message: Message): State {
  const window = state.messages[message.chat_id]
  if (!window) return state
  const known = window.items.find((item) => item.id === message.id)
  if (known && !newer(known, message)) return state
  if (!known && window.previous) return state
  const rest = known ? window.items.filter((item) => item.id !== message.id) : window.items
  const items =
    known?.at === message.at
      ? window.items.map((item) => (item.id === message.id ? message : item))
      : insert(rest, message, (item) => item.at, window.next)
  return { ...state, messages: { ...state.messages, [message.chat_id]: { ...window, items } } }
}

const briefOf = (customer: Customer): CustomerBrief => ({
  id: customer.id,
  name: customer.name,
  phone: customer.phone,
  phone_formatted: customer.phone_formatted,
  user_id: customer.user_id,
  username: customer.username,
  country: customer.country,
})

function applyCustomer(state: State, customer: Customer): State {
  const brief = briefOf(customer)
  const inChat = (chat: Chat) => (chat.customer.id === customer.id ? { ...chat, customer: brief } : chat)
  const inCharge = (charge: Charge) =>
    charge.customer?.id === customer.id
      ? { ...charge, customer: { id: brief.id, name: brief.name, phone_formatted: brief.phone_formatted } }
      : charge
  return {
    ...state,
    customers: state.customers[customer.id] ? { ...state.customers, [customer.id]: customer } : state.customers,
    chat_lists: state.chat_lists.map((list) => ({ ...list, items: list.items.map(inChat) })),
    chats: Object.fromEntries(Object.entries(state.chats).map(([id, chat]) => [id, inChat(chat)])),
    charge_lists: state.charge_lists.map((list) => ({ ...list, items: list.items.map(inCharge) })),
  }
}

function without<T>(record: Record<string, T>, id: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== id))
}

/** Two chats turned out to be one person's: the other one takes over, with the messages of both. */
function applyChatRemoved(state: State, chatId: string, mergedInto: string | null): State {
  const moved = mergedInto ? withStale(state, `messages:${mergedInto}`, `chat:${mergedInto}`) : state.stale
  return {
    ...state,
    chat_lists: state.chat_lists.map((list) => ({ ...list, items: list.items.filter((chat) => chat.id !== chatId) })),
    chats: without(state.chats, chatId),
    messages: without(state.messages, chatId),
    presence: without(state.presence, chatId),
    stale: moved,
  }
}

function chargeBelongs(list: ChargeList, charge: Charge): boolean {
  for (const name of ['category', 'meter', 'market', 'number_id', 'flow_id'] as const) {
    if (list[name] && list[name] !== charge[name]) return false
  }
  // Days are those of the account's time zone, which only the server reckons: a list cut by days is asked for again.
  return !list.from && !list.to
}

function applyCharge(state: State, charge: Charge): State {
  const charge_lists = state.charge_lists.map((list) => {
    if (!chargeBelongs(list, charge) || list.items.some((item) => item.id === charge.id)) return list
    return { ...list, items: insert(list.items, charge, (item) => item.at, list.next) }
  })
  const cut = state.charge_lists.some((list) => list.from ?? list.to)
  return { ...state, charge_lists, stale: withStale(state, 'spend', 'statement', ...(cut ? (['charges_of_days'] as const) : [])) }
}

function applyWallet(state: State, wallet: Wallet): State {
  if (state.wallet && !newer(state.wallet, wallet)) return state
  return { ...state, wallet: state.wallet ? wallet : null, stale: withStale(state, 'statement') }
}

function applyNumber(state: State, number: PhoneNumber): State {
  if (!state.numbers) return state
  const known = state.numbers.some((item) => item.id === number.id)
  const numbers = known ? state.numbers.map((item) => (item.id === number.id ? number : item)) : [...state.numbers, number]
  return { ...state, numbers }
}

function withStale(state: State, ...what: Stale[]): Stale[] {
  return [...new Set([...state.stale, ...what])]
}

export function applyEvent(state: State, event: RealtimeEvent): State {
  switch (event.type) {
    case 'message':
      return applyMessage(state, event.message)
    case 'chat':
      return applyChat(state, event.chat)
    case 'customer':
      return applyCustomer(state, event.customer)
    case 'chat_removed':
      return applyChatRemoved(state, event.chat_id, event.merged_into)
    case 'wallet':
      return applyWallet(state, event.wallet)
    case 'charge':
      return applyCharge(state, event.charge)
    case 'number':
      return applyNumber(state, event.number)
    case 'presence':
      return { ...state, presence: { ...state.presence, [event.chat_id]: event.agents } }
    case 'agent_presence':
      return { ...state, online: { ...state.online, ...Object.fromEntries(event.agents.map((a) => [a.agent_id, a.online])) } }
    case 'templates_changed':
      return { ...state, stale: withStale(state, 'templates') }
    // Rare, and each changes lists that are short: they are asked for again.
    case 'payment':
      return { ...state, stale: withStale(state, 'payments', 'auto-top-up') }
    case 'cards':
      return { ...state, stale: withStale(state, 'cards') }
    case 'auto_top_up':
      return { ...state, stale: withStale(state, 'auto-top-up') }
    case 'alert':
      return { ...state, stale: withStale(state, 'alerts') }
    case 'resync':
      return { ...state, stale: withStale(state, 'everything') }
    case 'hello':
    case 'pong':
    case 'signed_out':
      return state
    default:
      // A newer server may say what this page does not know yet.
      return state
  }
}

export const apply = (state: State, events: readonly RealtimeEvent[]): State => events.reduce(applyEvent, state)
