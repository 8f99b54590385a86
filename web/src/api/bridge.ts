// Between the query cache and the pure state of apply.ts: read what is cached, apply, write back what changed.
import type { InfiniteData, QueryClient, QueryKey } from '@tanstack/react-query'
import { apply, emptyState, type ChargeList, type ChatList, type MessageWindow, type Stale, type State } from './apply'
import { keys } from './keys'
import type * as T from './types'

type Pages<P> = InfiniteData<P>
interface Listed<I> {
  items: I[]
  next: string | null
  previous?: string | null
}

function flatten<I>(data: Pages<Listed<I>>): Listed<I> {
  const { pages } = data
  return { items: pages.flatMap((page) => page.items), next: pages.at(-1)?.next ?? null, previous: pages[0]?.previous ?? null }
}

/** Cuts a changed list back into pages: the first page grows or shrinks, so the borders of the others stay put. */
export function repage<I>(data: Pages<Listed<I>>, items: I[]): Pages<Listed<I>> {
  const sizes = data.pages.map((page) => page.items.length)
  const rest = sizes.slice(1).reduce((sum, size) => sum + size, 0)
  let from = 0
  const pages = data.pages.map((page, index) => {
    const size = index === 0 ? Math.max(0, items.length - rest) : (sizes[index] ?? 0)
    const cut = items.slice(from, from + size)
    from += size
    return { ...page, items: cut }
  })
  return { ...data, pages }
}

interface Cached {
  key: QueryKey
  data: unknown
}
const cached = (client: QueryClient, room: string): Cached[] =>
  client.getQueriesData({ queryKey: [room] }).flatMap(([key, data]) => (data === undefined ? [] : [{ key, data }]))

function record<V>(client: QueryClient, room: string): Record<string, V> {
  return Object.fromEntries(cached(client, room).map(({ key, data }) => [String(key[1]), data as V]))
}

interface Reading {
  state: State
  chatLists: Cached[]
  chargeLists: Cached[]
}

function read(client: QueryClient): Reading {
  const chatLists = cached(client, 'chats')
  const chargeLists = cached(client, 'charges')
  const windows = cached(client, 'messages').map(({ key, data }): [string, MessageWindow] => [
    String(key[1]),
    flatten(data as Pages<T.MessagePage>),
  ])
  const state: State = {
    ...emptyState,
    chat_lists: chatLists.map(({ key, data }) => ({
      ...(key[1] as Pick<ChatList, 'filter'>),
      ...flatten(data as Pages<T.Page<T.Chat>>),
    })),
    chats: record(client, 'chat'),
    messages: Object.fromEntries(windows),
    customers: record(client, 'customer'),
    numbers: client.getQueryData<{ items: T.PhoneNumber[] }>(keys.numbers)?.items ?? null,
    wallet: client.getQueryData<T.Wallet>(keys.wallet) ?? null,
    charge_lists: chargeLists.map(({ key, data }) => ({ ...(key[1] as Partial<ChargeList>), ...flatten(data as Pages<T.Page<T.Charge>>) })),
    presence: client.getQueryData(keys.presence) ?? {},
    online: client.getQueryData(keys.online) ?? {},
  }
  return { state, chatLists, chargeLists }
}

function writeLists<I>(client: QueryClient, lists: Cached[], old: Listed<I>[], now: Listed<I>[]) {
  lists.forEach(({ key, data }, index) => {
    const items = now[index]?.items
    if (items && items !== old[index]?.items) client.setQueryData(key, repage(data as Pages<Listed<I>>, items))
  })
}

function writeRecord(client: QueryClient, room: string, old: Record<string, unknown>, now: Record<string, unknown>) {
  for (const id of Object.keys(old)) if (!(id in now)) client.removeQueries({ queryKey: [room, id] })
  for (const [id, value] of Object.entries(now)) if (value !== old[id]) client.setQueryData([room, id], value)
}

function write(client: QueryClient, { state: old, chatLists, chargeLists }: Reading, now: State) {
  writeLists(client, chatLists, old.chat_lists, now.chat_lists)
  writeLists(client, chargeLists, old.charge_lists, now.charge_lists)
  writeRecord(client, 'chat', old.chats, now.chats)
  writeRecord(client, 'customer', old.customers, now.customers)
  for (const [id, window] of Object.entries(old.messages)) {
    const changed = now.messages[id]
    if (!changed) client.removeQueries({ queryKey: keys.messages(id) })
    else if (changed !== window) {
      client.setQueryData<Pages<T.MessagePage>>(keys.messages(id), (data) => data && repage(data, changed.items))
    }
  }
  if (now.numbers !== old.numbers) client.setQueryData(keys.numbers, { items: now.numbers })
  if (now.wallet !== old.wallet) client.setQueryData(keys.wallet, now.wallet)
  if (now.presence !== old.presence) client.setQueryData(keys.presence, now.presence)
  if (now.online !== old.online) client.setQueryData(keys.online, now.online)
}

function keyOf(stale: Stale): QueryKey | null {
  if (stale === 'everything') return []
  if (stale === 'searches' || stale === 'charges_of_days') return null
  const [room, id] = stale.split(':')
  return id ? [room, id] : [room]
}

const REFETCH_EVERY_MS = 1500
const waiting = new Set<Stale>()
let timer: ReturnType<typeof setTimeout> | null = null
/** Fetches again what events made doubtful, now and then only: a busy account sends many. */
function refetchSoon(client: QueryClient, stale: readonly Stale[]) {
  for (const what of stale) waiting.add(what)
  if (waiting.size === 0 || timer) return
  timer = setTimeout(() => {
    for (const what of waiting) {
      const queryKey = keyOf(what)
      if (queryKey) void client.invalidateQueries({ queryKey })
      else if (what === 'searches') void client.invalidateQueries({ queryKey: ['chats'], predicate: (query) => Boolean((query.queryKey[1] as { q?: string }).q) })
      else void client.invalidateQueries({ queryKey: ['charges'], predicate: (query) => Boolean((query.queryKey[1] as { from?: string }).from) })
    }
    waiting.clear()
    timer = null
  }, REFETCH_EVERY_MS)
}

export function applyToCache(client: QueryClient, events: readonly T.RealtimeEvent[], again = false): void {
  const reading = read(client)
  const now = apply(reading.state, events)
  if (now === reading.state) return
  write(client, reading, now)
  // Events applied a second time have already asked for what they made doubtful.
  if (!again) refetchSoon(client, now.stale)
}
