// What was written and is not yet the server's: shown at once with a clock, kept with its reason when it could not leave.
// Repeating is safe: the row's id is the command's idempotency key.
import type { Message, Problem, Send } from '../../api/types'

export interface Outgoing {
  message: Message
  body: Send
  state: 'sending' | 'unsent'
  /** Null means that the server could not be reached. */
  problem: Problem | null
}
type Rooms = Readonly<Record<string, readonly Outgoing[]>>

const STORED = 'hobnob.outgoing'
const KEPT_MAX = 200
const none: readonly Outgoing[] = []

/** The kept rows; none when the store cannot be read or holds something else. */
function stored(): Outgoing[] {
  try {
    const rooms = JSON.parse(sessionStorage.getItem(STORED) ?? '{}') as unknown
    return Object.values(rooms as Rooms).flat().filter(isOutgoing)
  } catch {
    return []
  }
}
function isOutgoing(row: unknown): row is Outgoing {
  const { message, body } = (row ?? {}) as Partial<Outgoing>
  return typeof message?.id === 'string' && typeof message.chat_id === 'string' && typeof body?.type === 'string'
}

function restore(): Rooms {
  const rows = stored()
  return rows.reduce<Record<string, Outgoing[]>>((rooms, row) => {
    const chatId = row.message.chat_id
    return { ...rooms, [chatId]: [...(rooms[chatId] ?? []), { ...row, state: 'unsent' }] }
  }, {})
}

let rooms: Rooms = restore()
const listeners = new Set<() => void>()

function set(chatId: string, rows: readonly Outgoing[]): void {
  rooms = { ...rooms, [chatId]: rows.slice(-KEPT_MAX) }
  for (const listener of listeners) listener()
  try {
    sessionStorage.setItem(STORED, JSON.stringify(rooms))
  } catch {
    // The browser's store is full: the row is lost by a reload then, but it leaves all the same.
  }
}

export const outgoing = {
  of: (chatId: string): readonly Outgoing[] => rooms[chatId] ?? none,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  put(row: Outgoing): void {
    const chatId = row.message.chat_id
    const rows = outgoing.of(chatId)
    const known = rows.some((other) => other.message.id === row.message.id)
    set(chatId, known ? rows.map((other) => (other.message.id === row.message.id ? row : other)) : [...rows, row])
  },
  drop(chatId: string, messageId: string): void {
    set(
      chatId,
      outgoing.of(chatId).filter((row) => row.message.id !== messageId),
    )
  },
  forgetAll(): void {
    rooms = {}
    sessionStorage.removeItem(STORED)
  },
}
