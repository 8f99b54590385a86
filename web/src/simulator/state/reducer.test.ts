import { describe, expect, test } from 'vitest'
import type { Chat, LiveFrame, LogEntry, Phone, SimulatorState } from '../control/types'
import { NO_FAULTS } from '../panels/faults'
import { initialState, LOG_ENTRIES_MAX, mergeLog, reduce, type PageState } from './reducer'

const phone = (number: string, part: Partial<Phone> = {}): Phone => ({
  phone: number, user_id: `IN.${number}`, name: 'Priya', username: null, shares_phone: true, online: true, read_receipts: true,
  whatsapp_app: true, is_business: false, blocked: [], sms: [], calls: [], open_chat: null, ...part,
})
const chat = (numberId: string, part: Partial<Chat> = {}): Chat => ({
  phone_number_id: numberId, display_phone_number: '912261234567', name: 'Shop', unread: 0, typing: false, blocked: false, messages: [], ...part,
})
const entry = (seq: number, part: Partial<LogEntry> = {}): LogEntry => ({
  seq, at: '2026-11-23T10:00:00Z', kind: 'call', method: 'GET', path: '/', status: 200, request: null, response: null, ms: 1, ...part,
})
const state = (phones: Phone[], part: Partial<SimulatorState> = {}): SimulatorState => ({
  now: '2026-11-23T10:00:00Z', clock_ahead_s: 0, apps: [], wabas: [], phones, faults: NO_FAULTS, ...part,
})
const AT_MS = Date.parse('2026-11-23T09:00:00Z')
const loaded = (phones: Phone[], chats: Record<string, Chat[]> = {}): PageState =>
  reduce(initialState, { kind: 'snapshot', state: state(phones), chats, templates: [], log: [], atMs: AT_MS })
const frames = (page: PageState, ...list: LiveFrame[]) => reduce(page, { kind: 'frames', frames: list, atMs: AT_MS })

describe('snapshot', () => {
  test('fills the page and sets the clock against this browser', () => {
    const page = loaded([phone('+91')], { '+91': [chat('n1')] })
    expect(page).toMatchObject({ loaded: true, loadFailed: false, clockOffsetMs: 3_600_000 })
    expect(page.chats['+91']?.[0]?.phone_number_id).toBe('n1')
  })

  test('a failed load keeps a page that was loaded before', () => {
    expect(reduce(initialState, { kind: 'load-failed' }).loadFailed).toBe(true)
    expect(reduce(loaded([]), { kind: 'load-failed' }).loadFailed).toBe(false)
  })
})

describe('frames', () => {
  test('a chat is put in once and replaced whole', () => {
    const once = frames(loaded([phone('+91')]), { type: 'chat', phone: '+91', chat: chat('n1', { unread: 1 }) })
    const twice = frames(once, { type: 'chat', phone: '+91', chat: chat('n1', { unread: 2 }) }, { type: 'chat', phone: '+91', chat: chat('n2') })
    expect(twice.chats['+91']?.map(({ phone_number_id, unread }) => [phone_number_id, unread])).toEqual([['n1', 2], ['n2', 0]])
  })

  test('a removed phone takes its chats along, and another number brings them back', () => {
    const page = loaded([phone('+91'), phone('+34')], { '+91': [chat('n1')] })
    const moved = frames(page, { type: 'phone', removed: '+91' }, { type: 'phone', phone: phone('+92') }, { type: 'chat', phone: '+92', chat: chat('n1') })
    expect(moved.phones.map((each) => each.phone)).toEqual(['+34', '+92'])
    expect(Object.keys(moved.chats)).toEqual(['+92'])
  })

  test('a new state replaces phones and forgets the chats of those gone', () => {
    const page = frames(loaded([phone('+91')], { '+91': [chat('n1')] }), { type: 'state', state: state([phone('+34')], { clock_ahead_s: 60 }) })
    expect(page).toMatchObject({ clockAheadS: 60, chats: {} })
  })

  test('the same frames twice change nothing more', () => {
    const list: LiveFrame[] = [{ type: 'phone', phone: phone('+91', { online: false }) }, { type: 'log', entry: entry(1) }]
    const once = frames(loaded([phone('+91')]), ...list)
    expect(frames(once, ...list)).toEqual(once)
  })
})

describe('log', () => {
  test('newest first, each once, a later word about the same entry wins', () => {
    const log = mergeLog([entry(2), entry(1)], [entry(3), entry(2, { status: 500 })])
    expect(log.map(({ seq, status }) => [seq, status])).toEqual([[3, 200], [2, 500], [1, 200]])
  })

  test('holds no more than it can show', () => {
    const many = Array.from({ length: LOG_ENTRIES_MAX + 20 }, (_, index) => entry(index + 1))
    const log = mergeLog([], many)
    expect(log).toHaveLength(LOG_ENTRIES_MAX)
    expect(log[0]?.seq).toBe(LOG_ENTRIES_MAX + 20)
  })
})
