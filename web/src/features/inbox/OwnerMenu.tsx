// Who answers this chat, and handing it over.
import { Avatar, Button, Menu } from '@mantine/core'
import { IconChevronDown, IconUserCheck, IconUserOff } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useAgents, useMe, useOnline } from '../../api/queries'
import type { Chat } from '../../api/types'
import { initials } from '../../ui/format'
import type { ChatActions } from './useChatActions'

export function OwnerMenu({ chat, actions, className }: { chat: Chat; actions: ChatActions; className?: string | undefined }) {
  const { t } = useTranslation('inbox')
  const me = useMe()
  const online = useOnline()
  const { data: agents = [] } = useAgents()
  const owner = agents.find((agent) => agent.id === chat.assigned_agent_id)
  const shown = owner ? (owner.id === me.agent.id ? t('owner.me') : owner.name) : t('owner.nobody')
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <Button variant="default" size="compact-md" rightSection={<IconChevronDown size={14} />} className={className ?? ''} aria-label={t('owner.label', { name: shown })}>
          {shown}
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
