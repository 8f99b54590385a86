// Opening a message in place: from its address or from a quote, loading the thread around it when needed.
import { notifications } from '@mantine/notifications'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { loadAround } from '../../../api/queries'
import type { Message } from '../../../api/types'

/** Each wish is an object of its own, so that the same message can be wished for twice. */
interface Wish {
  id: string
}

export function useJump(chatId: string, messages: Message[], toMessage: (id: string) => boolean): (messageId: string) => void {
  const { t } = useTranslation('inbox')
  const navigate = useNavigate()
  const { message: linked } = useSearch({ from: '/frame/chats' })
  const [wish, setWish] = useState<Wish | null>(linked ? { id: linked } : null)
  const [followed, setFollowed] = useState(linked)
  const done = useRef<Wish | null>(null)
  const asked = useRef<Wish | null>(null)
  if (linked !== followed) {
    setFollowed(linked)
    if (linked) setWish({ id: linked })
  }

  useEffect(() => {
    if (!wish || done.current === wish || messages.length === 0) return
    if (toMessage(wish.id)) {
      done.current = wish
    } else if (asked.current !== wish) {
      asked.current = wish
      loadAround(chatId, wish.id).catch(() => {
        done.current = wish
        notifications.show({ color: 'red', message: t('thread.noSuchMessage') })
      })
    }
  }, [wish, messages, chatId, toMessage, t])

  return useCallback(
    (messageId: string) => {
      setFollowed(messageId)
      setWish({ id: messageId })
      void navigate({ to: '.', search: (search: Record<string, unknown>) => ({ ...search, message: messageId }), replace: true })
    },
    [navigate],
  )
}
