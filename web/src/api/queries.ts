// Hooks over the calls: one per thing a page shows.
import { infiniteQueryOptions, queryOptions, skipToken, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import * as calls from './calls'
import { keys } from './keys'
import { queryClient } from './queryClient'
import type { AgentPresence, Chat } from './types'

export const MESSAGES_PER_PAGE = 50
export const CHATS_PER_PAGE = 40

export const meQuery = queryOptions({ queryKey: keys.me, queryFn: calls.me, retry: false, staleTime: Infinity })
export const useMe = () => {
  const { data } = useQuery(meQuery)
  if (!data) throw new Error('The frame loads the signed-in agent before any page is shown.')
  return data
}

export const useAgents = () => useQuery({ queryKey: keys.agents, queryFn: calls.agents, select: (data) => data.items })
export const useNumbers = () => useQuery({ queryKey: keys.numbers, queryFn: calls.numbers, select: (data) => data.items })
export const useWallet = () => useQuery({ queryKey: keys.wallet, queryFn: calls.wallet })

export const useChats = (query: calls.ChatQuery) =>
  useInfiniteQuery({
    queryKey: keys.chats(query),
    queryFn: ({ pageParam, signal }) => calls.chats({ ...query, after: pageParam, limit: CHATS_PER_PAGE }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })

/** A chat seen in a list needs no second fetch to be opened. */
function fromLists(id: string): Chat | undefined {
  const lists = queryClient.getQueriesData<{ pages: { items: Chat[] }[] }>({ queryKey: ['chats'] })
  return lists.flatMap(([, data]) => data?.pages.flatMap((page) => page.items) ?? []).find((chat) => chat.id === id)
}
export const useChat = (id: string) =>
  useQuery({ queryKey: keys.chat(id), queryFn: () => calls.chat(id), initialData: () => fromLists(id) })

export const messagesQuery = (chatId: string) =>
  infiniteQueryOptions({
    queryKey: keys.messages(chatId),
    queryFn: ({ pageParam, signal }) => calls.messages(chatId, { ...pageParam, limit: MESSAGES_PER_PAGE }, signal),
    initialPageParam: {},
    getNextPageParam: (page): calls.MessageCursor | null => (page.next ? { before: page.next } : null),
    getPreviousPageParam: (page): calls.MessageCursor | null => (page.previous ? { after: page.previous } : null),
  })
export const useMessages = (chatId: string) => useInfiniteQuery(messagesQuery(chatId))

/** Shows the thread around one message, in place of what was loaded; resolves once it is there. */
export async function loadAround(chatId: string, messageId: string): Promise<void> {
  const page = await calls.messages(chatId, { around: messageId, limit: MESSAGES_PER_PAGE })
  const pageParams: calls.MessageCursor[] = [{ around: messageId }]
  // An answer to the old question must not come after this one.
  await queryClient.cancelQueries({ queryKey: keys.messages(chatId) })
  queryClient.setQueryData(messagesQuery(chatId).queryKey, { pages: [page], pageParams })
}

export const useCustomer = (id: string) => useQuery({ queryKey: keys.customer(id), queryFn: () => calls.customer(id) })

/** Who looks at which chat. Only realtime fills these. */
export const usePresence = () =>
  useQuery<Record<string, AgentPresence[]>>({ queryKey: keys.presence, queryFn: skipToken, staleTime: Infinity, gcTime: Infinity }).data
export const useOnline = () =>
  useQuery<Record<string, boolean>>({ queryKey: keys.online, queryFn: skipToken, staleTime: Infinity, gcTime: Infinity }).data

export const useTemplates = (status: string | null) =>
  useQuery({
    queryKey: keys.templates(status),
    queryFn: async () => {
      const first = await calls.templates(status ?? undefined)
      const items = [...first.items]
      // Meta allows a few hundred templates to most businesses: the picker holds them all.
      for (let next = first.next; next; ) {
        const page = await calls.templates(status ?? undefined, next)
        items.push(...page.items)
        next = page.next
      }
      return items
    },
  })

export const useQuarantine = () =>
  useInfiniteQuery({
    queryKey: keys.quarantine,
    queryFn: ({ pageParam }) => calls.quarantine(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
