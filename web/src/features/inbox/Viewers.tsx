// Which other agents look at a chat right now, and who of them is writing.
import { Avatar, Tooltip } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useMe, usePresence } from '../../api/queries'
import type { AgentPresence } from '../../api/types'
import { initials } from '../../ui/format'

const SHOWN_MAX = 3
const nobody: AgentPresence[] = []

export function useViewers(chatId: string): AgentPresence[] {
  const me = useMe()
  const others = usePresence()?.[chatId]?.filter((agent) => agent.agent_id !== me.agent.id)
  return others ?? nobody
}

export function Viewers({ chatId, size = 26 }: { chatId: string; size?: number }) {
  const { t } = useTranslation('inbox')
  const viewers = useViewers(chatId)
  if (viewers.length === 0) return null
  return (
    <Avatar.Group spacing={8} role="group" aria-label={t('presence.label')}>
      {viewers.slice(0, SHOWN_MAX).map((agent) => {
        const label = agent.typing ? t('presence.typing', { name: agent.name }) : t('presence.viewing', { name: agent.name })
        return (
          <Tooltip key={agent.agent_id} label={label}>
            <Avatar size={size} radius="xl" color="teal" variant={agent.typing ? 'filled' : 'light'} role="img" aria-label={label}>
              {initials(agent.name)}
            </Avatar>
          </Tooltip>
        )
      })}
    </Avatar.Group>
  )
}
