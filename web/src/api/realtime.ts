// One WebSocket: events into the cache, back-off when it breaks, everything fetched again when it is back.
import type { QueryClient } from '@tanstack/react-query'
import { applyToCache } from './bridge'
import { keys } from './keys'
import type { RealtimeEvent } from './types'

export type Link = 'connecting' | 'live' | 'lost'
type Said = { type: 'viewing'; chat_id: string | null } | { type: 'typing'; chat_id: string; typing: boolean } | { type: 'ping' }

const RETRY_FIRST_MS = 500
const RETRY_MAX_MS = 15_000
const PING_EVERY_MS = 25_000
const SILENT_MAX_MS = 60_000
/** An answer that left the server before an event arrived may reach us after it: such events are applied once more. */
const JOURNAL_MS = 30_000
const JOURNAL_COUNT_MAX = 500

export function retryDelay(attempt: number, random = Math.random()): number {
  return Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempt) * (0.5 + random / 2)
}

export class Realtime {
  link: Link = 'connecting'
  private socket: WebSocket | null = null
  private attempt = 0
  private heardAt = 0
  private retry: ReturnType<typeof setTimeout> | undefined
  private pulse: ReturnType<typeof setInterval> | undefined
  private viewing: string | null = null
  private journal: { at: number; event: RealtimeEvent }[] = []
  private listeners = new Set<() => void>()
  private stopped = true
  private forget: () => void = () => undefined

  constructor(
    private client: QueryClient,
    private onSignedOut: () => void,
    private onTime: (now: string) => void,
  ) {}

  start = (): void => {
    if (!this.stopped) return
    this.stopped = false
    this.forget = this.client.getQueryCache().subscribe((change) => {
      const fetched = change.type === 'updated' && change.action.type === 'success' && !change.action.manual
      if (fetched) this.replay()
    })
    window.addEventListener('online', this.reconnect)
    window.addEventListener('offline', this.broken)
    this.pulse = setInterval(this.beat, PING_EVERY_MS)
    this.connect()
  }

  stop = (): void => {
    this.stopped = true
    this.forget()
    clearTimeout(this.retry)
    clearInterval(this.pulse)
    window.removeEventListener('online', this.reconnect)
    window.removeEventListener('offline', this.broken)
    this.drop()
    this.journal = []
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  current = (): Link => this.link

  view(chatId: string | null): void {
    this.viewing = chatId
    this.say({ type: 'viewing', chat_id: chatId })
  }
  typing(chatId: string, typing: boolean): void {
    this.say({ type: 'typing', chat_id: chatId, typing })
  }

  /** Tries at once, for a person who pressed the button or a network that came back. */
  reconnect = (): void => {
    if (this.stopped || this.link === 'live') return
    clearTimeout(this.retry)
    this.drop()
    this.connect()
  }

  private say(said: Said): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(said))
  }

  private connect(): void {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    const socket = new WebSocket(`${scheme}://${location.host}/api/realtime`)
    this.socket = socket
    socket.onmessage = (frame) => this.hear(String(frame.data))
    socket.onclose = () => {
      if (this.socket === socket) this.broken()
    }
  }

  private drop(): void {
    const socket = this.socket
    this.socket = null
    socket?.close()
  }

  private broken = (): void => {
    if (this.stopped) return
    this.drop()
    this.setLink('lost')
    clearTimeout(this.retry)
    this.retry = setTimeout(() => this.connect(), retryDelay(this.attempt))
    this.attempt += 1
  }

  private beat = (): void => {
    if (this.link === 'live' && Date.now() - this.heardAt > SILENT_MAX_MS) this.broken()
    else this.say({ type: 'ping' })
  }

  private hear(text: string): void {
    this.heardAt = Date.now()
    const frame = JSON.parse(text) as { events?: RealtimeEvent[] }
    const events = frame.events ?? []
    if (events.some((event) => event.type === 'signed_out')) return this.onSignedOut()
    const hello = events.find((event) => event.type === 'hello')
    if (hello) this.welcomed(hello.now)
    this.journal.push(...events.map((event) => ({ at: this.heardAt, event })))
    this.journal = this.journal.filter((entry) => entry.at > this.heardAt - JOURNAL_MS).slice(-JOURNAL_COUNT_MAX)
    applyToCache(this.client, events)
  }

  private welcomed(now: string): void {
    this.attempt = 0
    this.onTime(now)
    this.setLink('live')
    if (this.viewing) this.view(this.viewing)
    // Whatever was said while nobody listened is in fresh answers.
    void this.client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== keys.presence[0] && query.queryKey[0] !== keys.online[0] })
  }

  private replay(): void {
    const since = Date.now() - JOURNAL_MS
    const recent = this.journal.filter((entry) => entry.at > since).map((entry) => entry.event)
    if (recent.length > 0) applyToCache(this.client, recent, true)
  }

  private setLink(link: Link): void {
    this.link = link
    for (const listener of this.listeners) listener()
  }
}
