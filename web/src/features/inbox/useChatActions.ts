// Closing, reopening, owning and reading a chat: shown at once, put back with a word if the server refuses.
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { applyToCache } from '../../api/bridge'
import * as calls from '../../api/calls'
import { keys } from '../../api/keys'
import type { Chat } from '../../api/types'
import { sentence } from '../../ui/sentence'

export interface ChatActions {
  toggleClosed: () => void
  assign: (agentId: string | null) => void
  read: () => void
}

export function useChatActions(chat: Chat | undefined): ChatActions {
  const client = useQueryClient()
  const { t } = useTranslation('inbox')
  return useMemo(() => {
    const change = (now: Partial<Chat>, call: () => Promise<Chat>) => {
      if (!chat) return
      // Between two versions of the server: its own answer, one higher, takes over.
      applyToCache(client, [{ type: 'chat', chat: { ...chat, ...now, version: chat.version + 0.5 } }])
      call().then(
        (answer) => applyToCache(client, [{ type: 'chat', chat: answer }]),
        (error: unknown) => {
          notifications.show({ color: 'red', message: sentence(error, t('failure.unreachable')) })
          void client.invalidateQueries({ queryKey: keys.chat(chat.id) })
          void client.invalidateQueries({ queryKey: ['chats'] })
        },
      )
    }
    return {
      toggleClosed: () => {
        if (!chat) return
        if (chat.state === 'closed') change({ state: chat.assigned_agent_id ? 'assigned' : 'queue' }, () => calls.reopenChat(chat.id))
        else change({ state: 'closed' }, () => calls.closeChat(chat.id))
      },
      assign: (agentId) => {
        if (chat) change({ assigned_agent_id: agentId, state: agentId ? 'assigned' : 'queue' }, () => calls.assignChat(chat.id, agentId))
      },
      read: () => {
        if (chat) change({ unread_count: 0 }, () => calls.markRead(chat.id))
      },
    }
  }, [chat, client, t])
}
