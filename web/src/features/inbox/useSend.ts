// Sending: the row first, the command after it, the server's row in its place.
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { applyToCache } from '../../api/bridge'
import * as calls from '../../api/calls'
import { ApiError } from '../../api/http'
import { useMe } from '../../api/queries'
import type { Message, Send } from '../../api/types'
import { accountNow } from '../../ui/clock'
import { sentence } from '../../ui/sentence'
import { newId } from '../../ui/uuid'
import { optimistic, type Extra } from './optimistic'
import { outgoing, type Outgoing } from './outgoing'

export const useOutgoing = (chatId: string): readonly Outgoing[] => useSyncExternalStore(outgoing.subscribe, () => outgoing.of(chatId))

export interface Sender {
  send: (body: Exclude<Send, { type: 'reaction' }>, extra?: Extra) => void
  retry: (row: Outgoing) => void
  discard: (row: Outgoing) => void
  react: (message: Message, emoji: string) => void
  resend: (message: Message) => Promise<void>
}

export function useSend(chatId: string): Sender {
  const client = useQueryClient()
  const me = useMe()
  const { t } = useTranslation('inbox')

  const leave = useCallback(
    async (row: Outgoing) => {
      outgoing.put({ ...row, state: 'sending', problem: null })
      try {
        const message = await calls.send(chatId, row.body, row.message.id)
        applyToCache(client, [{ type: 'message', message }])
        outgoing.drop(chatId, row.message.id)
      } catch (error) {
        outgoing.put({ ...row, state: 'unsent', problem: error instanceof ApiError ? error.problem : null })
      }
    },
    [chatId, client],
  )

  return {
    send: useCallback(
      (body, extra = {}) => {
        const now = accountNow()
        const message = optimistic(newId(), chatId, body, extra, me, now)
        void leave({ message, body, state: 'sending', problem: null })
      },
      [chatId, leave, me],
    ),
    retry: useCallback((row) => void leave(row), [leave]),
    discard: useCallback((row) => outgoing.drop(chatId, row.message.id), [chatId]),
    react: useCallback(
      (message, emoji) => {
        const others = message.reactions.filter((reaction) => reaction.by !== 'business')
        const reactions = emoji ? [...others, { by: 'business' as const, emoji }] : others
        // Between two versions of the server: its own row, one higher, takes over.
        applyToCache(client, [{ type: 'message', message: { ...message, reactions, version: message.version + 0.5 } }])
        calls.send(chatId, { type: 'reaction', message_id: message.id, emoji }, newId()).catch((error: unknown) => {
          notifications.show({ color: 'red', message: sentence(error, t('failure.unreachable')) })
          void client.invalidateQueries({ queryKey: ['messages', chatId] })
        })
      },
      [chatId, client, t],
    ),
    resend: useCallback(
      async (message) => {
        const again = await calls.resend(message.id, newId())
        applyToCache(client, [{ type: 'message', message: again }])
      },
      [client],
    ),
  }
}
