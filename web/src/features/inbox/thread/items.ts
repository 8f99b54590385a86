// From messages to the rows of a thread: days, opened conversations, and messages in groups. Pure.
import type { Message } from '../../../api/types'
import { dayOf } from '../../../ui/format'

export type Row =
  | { kind: 'conversation'; key: string; message: Message }
  | { kind: 'message'; key: string; message: Message; first: boolean; last: boolean }
export interface Day {
  day: string
  at: string
  rows: Row[]
}

const GROUP_MS = 5 * 60_000

function together(a: Message | undefined, b: Message | undefined, timeZone: string): boolean {
  if (!a || !b || a.direction !== b.direction || a.type === 'system' || b.type === 'system') return false
  if (a.direction === 'out' && a.sent_by?.agent_id !== b.sent_by?.agent_id) return false
  return Date.parse(b.at) - Date.parse(a.at) < GROUP_MS && dayOf(a.at, timeZone) === dayOf(b.at, timeZone)
}

/** ``messages`` oldest first. */
export function threadDays(messages: readonly Message[], timeZone: string): Day[] {
  const days: Day[] = []
  messages.forEach((message, index) => {
    const next = messages[index + 1]
    const day = dayOf(message.at, timeZone)
    if (days.at(-1)?.day !== day) days.push({ day, at: message.at, rows: [] })
    const rows = days.at(-1)?.rows ?? []
    if (message.charge) rows.push({ kind: 'conversation', key: `conversation-${message.id}`, message })
    const first = message.charge !== null || !together(messages[index - 1], message, timeZone)
    const last = (next !== undefined && next.charge !== null) || !together(message, next, timeZone)
    rows.push({ kind: 'message', key: message.id, message, first, last })
  })
  return days
}

/** Server rows and rows still on their way, oldest first; a row the server has wins. */
export function merged(newestFirst: readonly Message[], pending: readonly Message[]): Message[] {
  const known = new Set(newestFirst.map((message) => message.id))
  return [...newestFirst].reverse().concat(pending.filter((message) => !known.has(message.id)))
}
