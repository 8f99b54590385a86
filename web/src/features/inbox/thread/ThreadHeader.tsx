// Who this is, how long the window stays open, who owns the chat, and closing it.
import { ActionIcon, Avatar, Badge, Button, Menu, Tooltip } from '@mantine/core'
import { IconArchive, IconArchiveOff, IconArrowLeft, IconChevronDown, IconClock, IconLayoutSidebarRight, IconUserCheck, IconUserOff } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useAgents, useMe, useOnline } from '../../../api/queries'
import type { Chat } from '../../../api/types'
import { useNow } from '../../../ui/clock'
import { exactTime, initials, timeLeft } from '../../../ui/format'
import { usePlace } from '../../../ui/usePlace'
import { windowState } from '../composer/rules'
import { CustomerAvatar } from '../CustomerAvatar'
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
      <ActionIconLink className={classes.back} to="/chats" search={(search) => ({ filter: search.filter, q: search.q })} aria-label={t('header.back')}>
        <IconArrowLeft size={22} />
      </ActionIconLink>
      <button type="button" className={classes.who} onClick={onPanel} aria-label={t('header.about', { name: chat.customer.name })}>
        <CustomerAvatar customer={chat.customer} size={38} />
        <span className={classes.names}>
          <bdi className={classes.name}>{chat.customer.name}</bdi>
          <span className={classes.phone}>{chat.customer.phone_formatted ?? (chat.customer.username ? `@${chat.customer.username}` : t('customer.noPhone'))}</span>
        </span>
      </button>
      <Viewers chatId={chat.id} />
      <WindowBadge chat={chat} />
      <Owner chat={chat} actions={actions} />
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
  const hint = state === 'never' ? t('window.neverHint') : t(`window.${state === 'closed' ? 'closedHint' : 'openHint'}`, { time: exactTime(chat.window_expires_at ?? '', place) })
  return (
    <Tooltip label={hint} multiline maw={300}>
      <Badge variant="light" color={color} size="lg" tt="none" fw={500} leftSection={<IconClock size={14} />} className={classes.window} data-state={state} data-testid="window" tabIndex={0}>
        {left ?? t('window.closed')}
      </Badge>
    </Tooltip>
  )
}

function Owner({ chat, actions }: { chat: Chat; actions: ChatActions }) {
  const { t } = useTranslation('inbox')
  const me = useMe()
  const online = useOnline()
  const { data: agents = [] } = useAgents()
  const owner = agents.find((agent) => agent.id === chat.assigned_agent_id)
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <Button variant="default" size="compact-md" rightSection={<IconChevronDown size={14} />} className={classes.owner} aria-label={t('owner.label', { name: owner?.name ?? t('owner.nobody') })}>
          {owner ? (owner.id === me.agent.id ? t('owner.me') : owner.name) : t('owner.nobody')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {chat.assigned_agent_id !== me.agent.id && (
          <Menu.Item leftSection={<IconUserCheck size={16} />} onClick={() => actions.assign(me.agent.id)}>
            {t('owner.take')}
          </Menu.Item>
        )}
        {agents
          .filter((agent) => agent.id !== me.agent.id)
          .map((agent) => (
            <Menu.Item
              key={agent.id}
              disabled={agent.id === chat.assigned_agent_id}
              leftSection={
                <Avatar size={20} radius="xl" color={online?.[agent.id] ? 'teal' : 'gray'}>
                  {initials(agent.name)}
                </Avatar>
              }
              onClick={() => actions.assign(agent.id)}
            >
              {agent.name}
            </Menu.Item>
          ))}
        {chat.assigned_agent_id && (
          <Menu.Item leftSection={<IconUserOff size={16} />} onClick={() => actions.assign(null)}>
            {t('owner.release')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
