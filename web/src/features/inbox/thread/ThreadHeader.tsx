// Who this is, how long the window stays open, who owns the chat, and closing it.
import { ActionIcon, Badge, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconArchive, IconArchiveOff, IconArrowLeft, IconClock, IconLayoutSidebarRight } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Chat } from '../../../api/types'
import { useNow } from '../../../ui/clock'
import { moment, timeLeft } from '../../../ui/format'
import { usePlace } from '../../../ui/usePlace'
import { windowState } from '../composer/rules'
import { kept } from '../kept'
import { CustomerAvatar } from '../CustomerAvatar'
import { OwnerMenu } from '../OwnerMenu'
import { Viewers } from '../Viewers'
import type { ChatActions } from '../useChatActions'
import classes from './ThreadHeader.module.css'
import { ActionIconLink } from '../../../ui/links'

interface Props {
  chat: Chat
  actions: ChatActions
  onPanel: () => void
}

export function ThreadHeader({ chat, actions, onPanel }: Props) {
  const { t } = useTranslation('inbox')
  const closed = chat.state === 'closed'
  return (
    <header className={classes.header}>
      <ActionIconLink className={classes.back} to="/chats" search={kept} aria-label={t('header.back')}>
        <IconArrowLeft size={22} />
      </ActionIconLink>
      <button type="button" className={classes.who} onClick={onPanel}>
        <CustomerAvatar customer={chat.customer} size={38} />
        <span className={classes.names}>
          <VisuallyHidden>{t('header.about', { name: chat.customer.name })}</VisuallyHidden>
          <bdi className={classes.name} aria-hidden>
            {chat.customer.name}
          </bdi>
          <span className={classes.phone}>{chat.customer.phone_formatted ?? (chat.customer.username ? `@${chat.customer.username}` : t('customer.noPhone'))}</span>
        </span>
      </button>
      <Viewers chatId={chat.id} />
      <WindowBadge chat={chat} />
      <OwnerMenu chat={chat} actions={actions} className={classes.owner} />
      <Tooltip label={closed ? t('header.reopen') : t('header.close')}>
        <ActionIcon aria-label={closed ? t('header.reopen') : t('header.close')} onClick={actions.toggleClosed}>
          {closed ? <IconArchiveOff size={20} stroke={1.6} /> : <IconArchive size={20} stroke={1.6} />}
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t('header.panel')}>
        <ActionIcon aria-label={t('header.panel')} onClick={onPanel} className={classes.panel}>
          <IconLayoutSidebarRight size={20} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
    </header>
  )
}

function WindowBadge({ chat }: { chat: Chat }) {
  const { t } = useTranslation('inbox')
  const place = usePlace()
  const now = useNow(1000)
  const state = windowState(chat, now)
  const left = timeLeft(chat.window_expires_at, now, place.locale)
  const color = state === 'open' ? 'teal' : state === 'closing' ? 'orange' : 'gray'
  const hint = state === 'never' ? t('window.neverHint') : t(`window.${state === 'closed' ? 'closedHint' : 'openHint'}`, { time: moment(chat.window_expires_at ?? '', place) })
  return (
    <Tooltip label={hint} multiline maw={300}>
      <Badge variant="light" color={color} size="lg" tt="none" fw={500} leftSection={<IconClock size={14} />} className={classes.window} data-state={state} data-testid="window" tabIndex={0}>
        {left ?? t('window.closed')}
      </Badge>
    </Tooltip>
  )
}
