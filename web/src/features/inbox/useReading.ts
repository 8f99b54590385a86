// A chat that is open on a visible page is read; once more whenever something new arrives in it.
import { useDocumentVisibility } from '@mantine/hooks'
import { useEffect, useRef } from 'react'
import type { Chat } from '../../api/types'
import type { ChatActions } from './useChatActions'

export function useReading(chat: Chat | undefined, actions: ChatActions): void {
  const visible = useDocumentVisibility() === 'visible'
  const done = useRef('')
  const unread = chat?.unread_count ?? 0
  const upTo = chat?.last_message_at ?? ''
  useEffect(() => {
    if (!visible || unread === 0 || done.current === upTo) return
    done.current = upTo
    actions.read()
  }, [visible, unread, upTo, actions])
}
