/**
 * What the page knows, and how a snapshot or a live frame changes it. Pure: frames may come twice or
 * overlap a snapshot, and the result is the same.
 */
import type { BusinessNumber, Chat, Faults, LiveFrame, LogEntry, Phone, SimulatorState, Template } from '../control/types'
import { NO_FAULTS } from '../panels/faults'

export const LOG_ENTRIES_MAX = 500

export type Connection = 'connecting' | 'live' | 'reconnecting'

export interface PageState {
  loaded: boolean
  loadFailed: boolean
  connection: Connection
  /** Simulated now minus this browser's clock, so the shown clock ticks without asking. */
  clockOffsetMs: number
  clockAheadS: number
  apps: SimulatorState['apps']
  numbers: BusinessNumber[]
  phones: Phone[]
  chats: Record<string, Chat[]>
  templates: Template[]
  faults: Faults
  log: LogEntry[]
}

export const initialState: PageState = {
  loaded: false,
  loadFailed: false,
  connection: 'connecting',
  clockOffsetMs: 0,
  clockAheadS: 0,
  apps: [],
  numbers: [],
  phones: [],
  chats: {},
  templates: [],
  faults: NO_FAULTS,
  log: [],
}

export type Action =
  | { kind: 'snapshot'; state: SimulatorState; chats: Record<string, Chat[]>; templates: Template[]; log: LogEntry[]; atMs: number }
  | { kind: 'load-failed' }
  | { kind: 'connection'; connection: Connection }
  | { kind: 'frames'; frames: LiveFrame[]; atMs: number }
  | { kind: 'templates'; templates: Template[] }
  | { kind: 'clear-log' }

export function reduce(page: PageState, action: Action): PageState {
  switch (action.kind) {
    case 'snapshot':
      return {
        ...applyState(page, action.state, action.atMs),
        loaded: true,
        loadFailed: false,
        chats: action.chats,
        templates: action.templates,
        log: mergeLog([], action.log),
      }
    case 'load-failed':
      return { ...page, loadFailed: !page.loaded }
    case 'connection':
      return { ...page, connection: action.connection }
    case 'frames':
      return action.frames.reduce((current, frame) => applyFrame(current, frame, action.atMs), withLog(page, action.frames))
    case 'templates':
      return { ...page, templates: action.templates }
    case 'clear-log':
      return { ...page, log: [] }
  }
}

function applyState(page: PageState, state: SimulatorState, atMs: number): PageState {
  return {
    ...page,
    clockOffsetMs: Date.parse(state.now) - atMs,
    clockAheadS: state.clock_ahead_s,
    apps: state.apps,
    numbers: state.wabas.flatMap((waba) => waba.phone_numbers),
    phones: state.phones,
    chats: keepChatsOf(page.chats, state.phones),
    faults: { ...NO_FAULTS, ...state.faults },
  }
}

/** A reset, or a phone that went while the line was down, must not leave its chats behind. */
function keepChatsOf(chats: Record<string, Chat[]>, phones: Phone[]): Record<string, Chat[]> {
  const known = new Set(phones.map((phone) => phone.phone))
  return Object.fromEntries(Object.entries(chats).filter(([phone]) => known.has(phone)))
}

function applyFrame(page: PageState, frame: LiveFrame, atMs: number): PageState {
  switch (frame.type) {
    case 'state':
      return applyState(page, frame.state, atMs)
    case 'phone':
      return 'removed' in frame ? removePhone(page, frame.removed) : { ...page, phones: upsert(page.phones, frame.phone, 'phone') }
    case 'chat': {
      const chats = upsert(page.chats[frame.phone] ?? [], frame.chat, 'phone_number_id')
      return { ...page, chats: { ...page.chats, [frame.phone]: chats } }
    }
    default:
      return page
  }
}

function removePhone(page: PageState, phone: string): PageState {
  const phones = page.phones.filter((candidate) => candidate.phone !== phone)
  return { ...page, phones, chats: keepChatsOf(page.chats, phones) }
}

function upsert<T>(items: T[], item: T, key: keyof T): T[] {
  const at = items.findIndex((candidate) => candidate[key] === item[key])
  return at < 0 ? [...items, item] : items.map((candidate, index) => (index === at ? item : candidate))
}

/** All log frames of a batch at once: a busy minute brings thousands, and one merge each would be felt. */
function withLog(page: PageState, frames: LiveFrame[]): PageState {
  const entries = frames.flatMap((frame) => (frame.type === 'log' ? [frame.entry] : []))
  return entries.length === 0 ? page : { ...page, log: mergeLog(page.log, entries) }
}

/** Newest first, each number once, no more than the page can hold. */
export function mergeLog(log: LogEntry[], entries: LogEntry[]): LogEntry[] {
  const bySeq = new Map(log.map((entry) => [entry.seq, entry]))
  for (const entry of entries) bySeq.set(entry.seq, entry)
  return [...bySeq.values()].sort((a, b) => b.seq - a.seq).slice(0, LOG_ENTRIES_MAX)
}
