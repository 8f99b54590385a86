import { describe, expect, it } from 'vitest'
import { apply, emptyState, type State } from './apply'
import type { Chat, Charge, Customer, Message, RealtimeEvent, Wallet } from './types'

const customer = { id: 'c1', name: 'Ana', phone: null, phone_formatted: null, user_id: 'ES.1', username: null, country: 'ES' }
const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 12, minute)).toISOString()

const chat = (id: string, minute: number, more: Partial<Chat> = {}): Chat => ({
  id,
  number_id: 'n1',
  customer,
  state: 'queue',
  assigned_agent_id: null,
  unread_count: 0,
  last_message: null,
  last_message_at: at(minute),
  window_expires_at: null,
  conversation: null,
  version: 1,
  updated_at: at(minute),
  ...more,
})
const message = (id: string, minute: number, more: Partial<Message> = {}): Message => ({
  id,
  chat_id: 'a',
  direction: 'in',
  type: 'text',
  content: { body: id },
  context: null,
  at: at(minute),
  sent_by: null,
  status: 'received',
  statuses: {},
  error: null,
  reactions: [],
  edited_at: null,
  revoked_at: null,
  forwarded: false,
  conversation_id: null,
  charge: null,
  wamid: null,
  version: 1,
  ...more,
})
const list = (items: Chat[], next: string | null = null, filter: 'all' | 'unread' | 'closed' = 'all') => ({ filter, items, next })
const ids = (state: State, index = 0) => state.chat_lists[index]?.items.map((item) => item.id)
const upsert = (value: Chat): RealtimeEvent => ({ type: 'chat', chat: value })
const said = (value: Message): RealtimeEvent => ({ type: 'message', message: value })

describe('chats', () => {
  it('moves a chat with a new message to the top, once', () => {
    const state = { ...emptyState, chat_lists: [list([chat('a', 3), chat('b', 2)])] }
    const event = upsert(chat('b', 5, { version: 2 }))
    expect(ids(apply(state, [event, event]))).toEqual(['b', 'a'])
  })
  it('ignores an older version, whatever the order', () => {
    const state = { ...emptyState, chat_lists: [list([chat('a', 3)])], chats: { a: chat('a', 3) } }
    const events = [upsert(chat('a', 4, { version: 2, unread_count: 1 })), upsert(chat('a', 5, { version: 3 }))]
    expect(apply(state, events)).toEqual(apply(state, [...events].reverse()))
    expect(apply(state, events).chats.a?.version).toBe(3)
  })
  it('puts a new chat in and keeps what lies beyond the loaded page out', () => {
    const state = { ...emptyState, chat_lists: [list([chat('a', 3), chat('b', 2)], 'more')] }
    expect(ids(apply(state, [upsert(chat('c', 9)), upsert(chat('d', 1))]))).toEqual(['c', 'a', 'b'])
  })
  it('takes a closed chat from the open list to the closed one', () => {
    const state = { ...emptyState, chat_lists: [list([chat('a', 3)]), list([], null, 'closed')] }
    const next = apply(state, [upsert(chat('a', 3, { state: 'closed', version: 2 }))])
    expect([ids(next, 0), ids(next, 1)]).toEqual([[], ['a']])
  })
  it('drops a read chat from the unread list', () => {
    const state = { ...emptyState, chat_lists: [list([chat('a', 3, { unread_count: 2 })], null, 'unread')] }
    expect(ids(apply(state, [upsert(chat('a', 3, { version: 2 }))]))).toEqual([])
  })
  it('changes found chats in place and asks again for searches', () => {
    const state = { ...emptyState, chat_lists: [{ ...list([chat('a', 3)]), q: 'an' }] }
    const next = apply(state, [upsert(chat('a', 9, { version: 2 })), upsert(chat('z', 9))])
    expect([ids(next), next.stale]).toEqual([['a'], ['searches']])
  })
  it('keeps a list of one number free of the others', () => {
    const state = { ...emptyState, chat_lists: [{ ...list([]), number_id: 'n2' }] }
    expect(ids(apply(state, [upsert(chat('a', 1))]))).toEqual([])
  })
  it('breaks ties by id, as the API does', () => {
    const state = { ...emptyState, chat_lists: [list([chat('b', 3)])] }
    expect(ids(apply(state, [upsert(chat('a', 3)), upsert(chat('c', 3))]))).toEqual(['c', 'b', 'a'])
  })
  it('removes a merged chat everywhere and asks for the one that took over', () => {
    const state: State = {
      ...emptyState,
      chat_lists: [list([chat('a', 3), chat('b', 2)])],
      chats: { a: chat('a', 3) },
      messages: { a: { items: [], next: null } },
    }
    const next = apply(state, [{ type: 'chat_removed', chat_id: 'a', merged_into: 'b' }])
    expect([ids(next), next.chats, next.messages, next.stale]).toEqual([['b'], {}, {}, ['messages:b', 'chat:b']])
  })
  it('renames a customer wherever the name stands', () => {
    const renamed: Customer = {
      ...customer,
      name: 'Ana María',
      profile_name: 'Ana',
      created_at: at(0),
      chats_count: 1,
      first_seen_at: at(0),
      last_seen_at: null,
      language: null,
      blocked: false,
    }
    const state: State = {
      ...emptyState,
      chat_lists: [list([chat('a', 3)])],
      chats: { a: chat('a', 3) },
      customers: { c1: { ...renamed, name: 'Ana' } },
    }
    const next = apply(state, [{ type: 'customer', customer: renamed }])
    expect(next.chat_lists[0]?.items[0]?.customer.name).toBe('Ana María')
    expect([next.chats.a?.customer.name, next.customers.c1?.name]).toEqual(['Ana María', 'Ana María'])
  })
})

describe('messages', () => {
  const window = (items: Message[], next: string | null = null, previous: string | null = null): State => ({
    ...emptyState,
    messages: { a: { items, next, previous } },
  })
  const shown = (state: State) => state.messages.a?.items.map((item) => item.id)

  it('gives the same thread for any order and repetition', () => {
    const state = window([message('m1', 1)])
    const events = [said(message('m3', 3)), said(message('m2', 2)), said(message('m2', 2, { version: 2, status: 'read' }))]
    const there = apply(state, events)
    expect(shown(there)).toEqual(['m3', 'm2', 'm1'])
    expect(apply(state, [...events, ...events].reverse())).toEqual(there)
  })
  it('never takes a tick back', () => {
    const read = message('m1', 1, { version: 4, status: 'read' })
    expect(apply(window([read]), [said(message('m1', 1, { version: 3, status: 'delivered' }))]).messages.a?.items[0]?.status).toBe('read')
  })
  it('leaves a thread opened in the past alone, but for the messages it shows', () => {
    const state = window([message('m1', 1)], null, 'newer')
    const next = apply(state, [said(message('m9', 9)), said(message('m1', 1, { version: 2, edited_at: at(2) }))])
    expect(shown(next)).toEqual(['m1'])
    expect(next.messages.a?.items[0]?.version).toBe(2)
  })
  it('does not put an old message at the end of a thread that has more', () => {
    expect(shown(apply(window([message('m5', 5)], 'more'), [said(message('m1', 1))]))).toEqual(['m5'])
  })
  it('ignores threads nobody opened', () => {
    expect(apply(emptyState, [said(message('m1', 1))])).toBe(emptyState)
  })
})

describe('money', () => {
  const wallet = (version: number, available_micros: number): Wallet => ({
    currency: 'USD',
    available_micros,
    held_micros: 0,
    paid_micros: 0,
    promo_micros: 0,
    low_balance_micros: 0,
    version,
    as_of: at(0),
    runway_days: null,
    spent_today_micros: 0,
    blocks: [],
  })
  const charge = (id: string, minute: number): Charge => ({
    id,
    at: at(minute),
    meter: 'conversation',
    category: 'service',
    market: 'ES',
    amount_micros: 1,
    currency: 'USD',
    rule: '',
    rate: { card: 'c', version: 1, effective_from: at(0) },
    conversation_id: 'k',
    message_id: 'm',
    chat_id: 'a',
    customer: { id: 'c1', name: 'Ana', phone_formatted: null },
    number_id: 'n1',
    quantity: 1,
    item: null,
    flow_id: null,
    reverses_id: null,
  })
  it('shows the newest balance only', () => {
    const state = { ...emptyState, wallet: wallet(2, 20) }
    const events: RealtimeEvent[] = [3, 1].map((version) => ({ type: 'wallet', wallet: wallet(version, version * 10) }))
    expect(apply(state, events).wallet?.available_micros).toBe(30)
  })
  it('adds a charge once, to the lists it belongs to', () => {
    const state: State = {
      ...emptyState,
      charge_lists: [
        { items: [charge('x', 1)], next: null },
        { category: 'marketing', items: [], next: null },
      ],
    }
    const event: RealtimeEvent = { type: 'charge', charge: charge('y', 2) }
    const next = apply(state, [event, event])
    expect(next.charge_lists.map((each) => each.items.map((item) => item.id))).toEqual([['y', 'x'], []])
    expect(next.stale).toEqual(['spend', 'statement'])
  })
})

describe('the rest', () => {
  it('keeps presence, and asks again when told to', () => {
    const agents = [{ agent_id: 'g', name: 'Bo', typing: true }]
    const next = apply(emptyState, [
      { type: 'presence', chat_id: 'a', agents },
      { type: 'agent_presence', agents: [{ agent_id: 'g', online: true }] },
      { type: 'templates_changed' },
      { type: 'resync' },
    ])
    expect([next.presence, next.online, next.stale]).toEqual([{ a: agents }, { g: true }, ['templates', 'everything']])
  })
  it('passes over events it does not know', () => {
    expect(apply(emptyState, [{ type: 'from_the_future' } as unknown as RealtimeEvent])).toBe(emptyState)
  })
})
