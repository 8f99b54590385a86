// The tab's title says how many chats wait.
import { useEffect } from 'react'
import type { Chat } from '../../api/types'

export function useTitle(chats: Chat[], brand: string): void {
  const waiting = chats.filter((chat) => chat.unread_count > 0).length
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) ${brand} · Hobnob` : `${brand} · Hobnob`
  }, [waiting, brand])
}
