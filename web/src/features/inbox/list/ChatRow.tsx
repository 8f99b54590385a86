// One chat of the list: who, when, the last words with their tick, what is unread, who else looks.
import { Badge, Tooltip, VisuallyHidden } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Chat } from '../../../api/types'
import { useNow } from '../../../ui/clock'
import { exactTime, listTime } from '../../../ui/format'
import { usePlace } from '../../../ui/usePlace'
import { kept } from '../kept'
import { CustomerAvatar } from '../CustomerAvatar'
import { Ticks } from '../Ticks'
import { useViewers, Viewers } from '../Viewers'
import { LastWords } from './LastWords'
import classes from './ChatList.module.css'

const UNREAD_SHOWN_MAX = 99

export const ChatRow = memo(function ChatRow({ chat, selected }: { chat: Chat; selected: boolean }) {
  const { t } = useTranslation('inbox')
  const place = usePlace()
  const now = useNow(60_000)
  const writing = useViewers(chat.id).find((agent) => agent.typing)
  const last = chat.last_message
  const unread = chat.unread_count
  return (
    <Link
      to="/chats/$chatId"
      params={{ chatId: chat.id }}
      search={kept}
      className={classes.row}
      data-selected={selected || undefined}
      data-unread={unread > 0 || undefined}
      aria-current={selected ? 'page' : undefined}
    >
      <CustomerAvatar customer={chat.customer} size={44} />
      <span className={classes.text}>
        <span className={classes.top}>
          <bdi className={classes.name}>{chat.customer.name}</bdi>
          {unread > 0 && <VisuallyHidden>{t('list.unread', { count: unread })}</VisuallyHidden>}
          <Tooltip label={exactTime(chat.last_message_at, place)}>
            <time className={classes.time} dateTime={chat.last_message_at}>
              {listTime(chat.last_message_at, now, place)}
            </time>
          </Tooltip>
        </span>
        <span className={classes.bottom}>
          {writing ? (
            <span className={classes.writing}>{t('presence.typing', { name: writing.name })}</span>
          ) : (
            <>
              {last?.direction === 'out' && last.status && <Ticks status={last.status} />}
              <LastWords last={last} />
            </>
          )}
          <Viewers chatId={chat.id} size={20} />
          {unread > 0 && (
            <Badge size="sm" circle={unread < 10} className={classes.badge} aria-hidden>
              {unread > UNREAD_SHOWN_MAX ? `${UNREAD_SHOWN_MAX}+` : unread}
            </Badge>
          )}
        </span>
      </span>
    </Link>
  )
})
