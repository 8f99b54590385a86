// Opening a message in place: from its address or from a quote, loading the thread around it when needed.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { notifications } from '@mantine/notifications'
import { useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { loadAround } from '../../../api/queries'
import type { Message } from '../../../api/types'

const MARKED_MS = 2500

interface Jump {
  marked: string | null
  to: (messageId: string) => void
}

export function useJump(chatId: string, messages: Message[], toMessage: (id: string) => boolean): Jump {
  const { t } = useTranslation('inbox')
  const navigate = useNavigate()
  const { message: linked } = useSearch({ from: '/frame/chats' })
  const [wanted, setWanted] = useState<string | null>(linked ?? null)
  const [asked, setAsked] = useState<string | null>(null)
  const [marked, setMarked] = useState<string | null>(null)
  const [followed, setFollowed] = useState(linked)
  if (linked !== followed) {
    setFollowed(linked)
    if (linked) setWanted(linked)
  }

  useEffect(() => {
    if (!wanted || messages.length === 0) return
    if (toMessage(wanted)) {
      setMarked(wanted)
      setWanted(null)
      setAsked(null)
    } else if (asked !== wanted) {
      setAsked(wanted)
      loadAround(chatId, wanted).catch(() => {
        setWanted(null)
        notifications.show({ color: 'red', message: t('thread.noSuchMessage') })
      })
    }
  }, [wanted, asked, messages, chatId, toMessage, t])

  useEffect(() => {
    if (!marked) return
    const timer = setTimeout(() => setMarked(null), MARKED_MS)
    return () => clearTimeout(timer)
  }, [marked])

  const to = useCallback(
    (messageId: string) => {
      setWanted(messageId)
      void navigate({ to: '.', search: (search: Record<string, unknown>) => ({ ...search, message: messageId }), replace: true })
    },
    [navigate],
  )
  return { marked, to }
}
