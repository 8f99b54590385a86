// Names of cached answers. The realtime bridge finds what to change by the first word.
import type { ChargeQuery, ChatQuery } from './calls'

export const keys = {
  me: ['me'] as const,
  agents: ['agents'] as const,
  numbers: ['numbers'] as const,
  chats: (query: ChatQuery) => ['chats', query] as const,
  chat: (id: string) => ['chat', id] as const,
  messages: (chatId: string) => ['messages', chatId] as const,
  customer: (id: string) => ['customer', id] as const,
  presence: ['presence'] as const,
  online: ['online'] as const,
  templates: (status: string | null) => ['templates', status] as const,
  quarantine: ['quarantine'] as const,
  wallet: ['wallet'] as const,
  charges: (query: ChargeQuery) => ['charges', query] as const,
  spend: (days: number) => ['spend', days] as const,
  statement: ['statement'] as const,
}
