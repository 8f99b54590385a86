/** What a log line is about, in a few words, read from its path and bodies. */
import type { LogEntry } from '../control/types'
import { fields, list, text } from '../phone/content'

export type LogFilter = 'all' | 'call' | 'webhook' | 'failed'

export function isFailed(entry: LogEntry): boolean {
  return entry.status === null || entry.status >= 400
}

export function matches(entry: LogEntry, filter: LogFilter, search: string): boolean {
  if (filter === 'failed' ? !isFailed(entry) : filter !== 'all' && entry.kind !== filter) return false
  const wanted = search.trim().toLowerCase()
  if (wanted === '') return true
  return [entry.method, entry.path, entry.status, JSON.stringify(entry.request), JSON.stringify(entry.response)].some(
    (part) => String(part).toLowerCase().includes(wanted),
  )
}

/** "text to 9198…", "delivered", "text from 9198…, read ×3" or the error Meta would give. */
export function summarize(entry: LogEntry): string {
  if (entry.kind === 'webhook') return summarizeWebhook(entry.request)
  const error = fields(fields(entry.response).error)
  if (text(error.message)) return text(error.message)
  const request = fields(entry.request)
  if (text(request.status) === 'read') return 'read'
  const to = text(request.to) || text(request.recipient)
  if (to && text(request.type)) return `${text(request.type)} → ${to}`
  return ''
}

function summarizeWebhook(body: unknown): string {
  const counted = new Map<string, number>()
  for (const words of webhookItems(body)) counted.set(words, (counted.get(words) ?? 0) + 1)
  return [...counted].map(([words, times]) => (times > 1 ? `${words} ×${times}` : words)).join(', ')
}

function* webhookItems(body: unknown): Generator<string> {
  for (const entry of list(fields(body).entry)) {
    for (const change of list(fields(entry).changes)) {
      const { field, value } = fields(change)
      const { messages, statuses } = fields(value)
      for (const message of list(messages)) {
        const { type, from, from_user_id } = fields(message)
        yield `${text(type)} ← ${text(from) || text(from_user_id)}`
      }
      for (const status of list(statuses)) yield text(fields(status).status)
      if (!Array.isArray(messages) && !Array.isArray(statuses)) yield text(field)
    }
  }
}
