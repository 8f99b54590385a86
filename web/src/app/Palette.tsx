// Cmd-K: go anywhere, find a chat, do the common things.
import { useMantineColorScheme } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Spotlight } from '@mantine/spotlight'
import { IconKeyboard, IconLogout, IconMessagePlus, IconMoon, IconPlus, IconSearch, IconSun, type TablerIcon } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../api/calls'
import { paletteStore } from './palette'
import { rooms } from './rooms'
import { signOut } from './session'
import { openShortcuts } from './Shortcuts'

const FOUND_MAX = 6

interface Action {
  label: string
  icon: TablerIcon
  run: () => void
}

function useActions(): Action[] {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { setColorScheme } = useMantineColorScheme()
  return [
    ...rooms.map((room) => ({ label: t('shortcuts.go', { room: t(`rooms.${room.name}`) }), icon: room.icon, run: () => void navigate({ to: room.to }) })),
    { label: t('palette.newChat'), icon: IconMessagePlus, run: () => void navigate({ to: '/chats', search: { new: true } }) },
    { label: t('palette.newNumber'), icon: IconPlus, run: () => void navigate({ to: '/numbers/new' }) },
    { label: t('rail.dark'), icon: IconMoon, run: () => setColorScheme('dark') },
    { label: t('rail.light'), icon: IconSun, run: () => setColorScheme('light') },
    { label: t('shortcuts.title'), icon: IconKeyboard, run: openShortcuts },
    { label: t('rail.signOut'), icon: IconLogout, run: () => void signOut() },
  ]
}

/** The palette chooses its first line at each letter; what is found a moment later comes on top and is chosen then. */
function chooseFirst() {
  const lines = document.querySelectorAll(`[id="${paletteStore.getState().listId}"] [data-action]`)
  lines.forEach((line, index) => line.toggleAttribute('data-selected', index === 0))
  if (lines.length > 0) paletteStore.updateState((state) => ({ ...state, selected: 0 }))
}

export function Palette() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [query, setQuery] = useState('')
  const [asked] = useDebouncedValue(query.trim(), 150)
  const found = useQuery({
    queryKey: ['palette', asked],
    queryFn: () => calls.chats({ filter: 'all', q: asked, limit: FOUND_MAX }),
    enabled: asked.length > 1,
    staleTime: 10_000,
  })
  const chats = asked.length > 1 ? (found.data?.items ?? []) : []
  useEffect(chooseFirst, [found.data])
  const actions = useActions().filter((action) => action.label.toLowerCase().includes(query.trim().toLowerCase()))
  return (
    <Spotlight.Root store={paletteStore} query={query} onQueryChange={setQuery} shortcut="mod + K" scrollable maxHeight={420} clearQueryOnClose centered={false} yOffset="14dvh" overlayProps={{ blur: 0, backgroundOpacity: 0.4 }}>
      <Spotlight.Search placeholder={t('palette.placeholder')} aria-label={t('palette.placeholder')} leftSection={<IconSearch size={18} />} />
      <Spotlight.ActionsList>
        {chats.length > 0 && (
          <Spotlight.ActionsGroup label={t('rooms.chats')}>
            {chats.map((chat) => (
              <Spotlight.Action
                key={chat.id}
                label={chat.customer.name}
                description={chat.customer.phone_formatted ?? chat.customer.username ?? ''}
                onClick={() => void navigate({ to: '/chats/$chatId', params: { chatId: chat.id } })}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {actions.length > 0 && (
          <Spotlight.ActionsGroup label={t('palette.actions')}>
            {actions.map((action) => (
              <Spotlight.Action key={action.label} label={action.label} leftSection={<action.icon size={18} stroke={1.6} />} onClick={action.run} />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {actions.length + chats.length === 0 && <Spotlight.Empty>{t('palette.nothing')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}
