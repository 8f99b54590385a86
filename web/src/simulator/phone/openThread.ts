/** What every bubble of an open thread needs to know, without handing it down through each. */
import { createContext, useContext } from 'react'
import type { ChatMessage, Phone } from '../control/types'

/** What the composer is about to do instead of a plain message. */
export type Draft = { kind: 'reply'; message: ChatMessage } | { kind: 'edit'; message: ChatMessage; body: string }

export interface OpenThread {
  phone: Phone
  numberId: string
  onDraft: (draft: Draft | null) => void
  onList: (message: ChatMessage | null) => void
}

const ThreadContext = createContext<OpenThread | null>(null)
export const OpenThreadProvider = ThreadContext.Provider

export function useOpenThread(): OpenThread {
  const thread = useContext(ThreadContext)
  if (!thread) throw new Error('useOpenThread outside an open thread')
  return thread
}
