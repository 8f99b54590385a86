// The thread: rows of days, conversations and messages; older ones on the way up, a pill for new ones below.
import { ActionIcon, Button, Loader, VisuallyHidden } from '@mantine/core'
import { IconArrowDown } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { keys } from '../../../api/keys'
import { useMessages } from '../../../api/queries'
import type { Chat, Message } from '../../../api/types'
import { usePlace } from '../../../ui/usePlace'
import type { Sender } from '../useSend'
import { useOutgoing } from '../useSend'
import { Bubble } from './Bubble'
import { merged, threadDays } from './items'
import { ConversationMarker, DayLabel } from './Markers'
import { ThreadSkeleton, ThreadTrouble } from './ThreadStates'
import { useJump } from './useJump'
import { useThreadScroll } from './useThreadScroll'
import classes from './Thread.module.css'

interface Props {
  chat: Chat
  sender: Sender
  canReply: boolean
  onReply: (message: Message) => void
}

export function Thread({ chat, sender, canReply, onReply }: Props) {
  const { t } = useTranslation('inbox')
  const { timeZone } = usePlace()
  const client = useQueryClient()
  const query = useMessages(chat.id)
  const pending = useOutgoing(chat.id)
  const messages = useMemo(
    () => merged(query.data?.pages.flatMap((page) => page.items) ?? [], query.hasPreviousPage ? [] : pending.map((row) => row.message)),
    [query.data, query.hasPreviousPage, pending],
  )
  const days = useMemo(() => threadDays(messages, timeZone), [messages, timeZone])
  const { scroller, content, away, toBottom, toMessage } = useThreadScroll(days, {
    atNewest: !query.hasPreviousPage,
    onTop: () => void (query.hasNextPage && !query.isFetching && query.fetchNextPage()),
    onBottom: () => void (query.hasPreviousPage && !query.isFetching && query.fetchPreviousPage()),
  })
  const jump = useJump(chat.id, messages, toMessage)
  const fresh = useFresh(messages, away)
  const toNewest = () => {
    if (query.hasPreviousPage) void client.resetQueries({ queryKey: keys.messages(chat.id) })
    toBottom()
  }
  return (
    <div className={classes.thread}>
      <div ref={scroller} className={classes.scroller} role="log" aria-live="off" aria-label={t('thread.label', { name: chat.customer.name })} tabIndex={0} onKeyDown={walk}>
        <div ref={content} className={classes.content}>
          {query.isPending && <ThreadSkeleton />}
          {query.isError && messages.length === 0 && <ThreadTrouble error={query.error} onRetry={() => void query.refetch()} />}
          {query.hasNextPage && (
            <div className={classes.more}>
              {query.isFetchingNextPage ? (
                <Loader size="xs" aria-label={t('thread.loading')} />
              ) : (
                <Button variant="subtle" size="compact-sm" color="gray" onClick={() => void query.fetchNextPage()}>
                  {t('thread.older')}
                </Button>
              )}
            </div>
          )}
          {days.map((day) => (
            <section key={day.day}>
              <DayLabel at={day.at} />
              {day.rows.map((row) =>
                row.kind === 'conversation' ? (
                  <ConversationMarker key={row.key} message={row.message} />
                ) : (
                  <Bubble
                    key={row.key}
                    message={row.message}
                    first={row.first}
                    last={row.last}
                    unsent={row.message.version === 0 ? pending.find((each) => each.message.id === row.message.id) : undefined}
                    sender={sender}
                    canReply={canReply}
                    onReply={onReply}
                    onJump={jump}
                  />
                ),
              )}
            </section>
          ))}
        </div>
      </div>
      {away && messages.length > 0 && (
        <div className={classes.pill}>
          {fresh > 0 ? (
            <Button data-fresh size="compact-md" radius="xl" leftSection={<IconArrowDown size={16} />} onClick={toNewest}>
              {t('thread.fresh', { count: fresh })}
            </Button>
          ) : (
            <ActionIcon variant="default" radius="xl" size={36} aria-label={t('thread.toNewest')} onClick={toNewest}>
              <IconArrowDown size={18} />
            </ActionIcon>
          )}
        </div>
      )}
      <Announcer messages={messages} name={chat.customer.name} />
    </div>
  )
}

/** Up and down walk from message to message; Tab then reaches what may be done with it. */
function walk(event: KeyboardEvent<HTMLDivElement>): void {
  const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
  const from = event.target as HTMLElement
  if (step === 0 || from.closest('input, [role="menu"], [role="dialog"]')) return
  const messages = [...event.currentTarget.querySelectorAll<HTMLElement>('article')]
  const at = messages.findIndex((message) => message.contains(from))
  const next = at === -1 ? messages.at(-1) : messages[at + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}

/** How many inbound messages came since the bottom was last seen. */
function useFresh(messages: Message[], away: boolean): number {
  const newest = messages.at(-1)?.id
  const [seen, setSeen] = useState(newest)
  if (!away && seen !== newest) setSeen(newest)
  if (!away || seen === undefined) return 0
  const index = messages.findIndex((message) => message.id === seen)
  return index === -1 ? 0 : messages.slice(index + 1).filter((message) => message.direction === 'in').length
}

/** Tells screen readers what the customer writes while the thread is open, politely. */
function Announcer({ messages, name }: { messages: Message[]; name: string }) {
  const { t } = useTranslation('inbox')
  const last = messages.at(-1)
  const [first] = useState(last?.id)
  const heard = last && last.id !== first && last.direction === 'in'
  const text = last && 'body' in last.content ? last.content.body : last ? t(`kinds.${last.type}`, { defaultValue: last.type }) : ''
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {heard && t('thread.heard', { name, text })}
    </VisuallyHidden>
  )
}
