// The keyboard list (?) and the keys that work in every room.
import { Kbd, Modal, Table } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useKeys } from '../ui/useKeys'
import { rooms } from './rooms'

let open: () => void = () => undefined
export const openShortcuts = () => open()

const inboxKeys = [
  ['j', 'next'],
  ['k', 'previous'],
  ['Enter', 'openChat'],
  ['r', 'reply'],
  ['/', 'search'],
  ['n', 'newChat'],
  ['a', 'assign'],
  ['e', 'close'],
  ['↑ ↓', 'walk'],
  ['Esc', 'back'],
] as const

export function Shortcuts() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [opened, handle] = useDisclosure(false)
  useEffect(() => {
    open = handle.open
  }, [handle])
  useKeys({
    '?': handle.open,
    ...Object.fromEntries(rooms.map((room) => [`g ${room.letter}`, () => void navigate({ to: room.to })])),
  })
  return (
    <Modal opened={opened} onClose={handle.close} title={t('shortcuts.title')} size="md" closeButtonProps={{ 'aria-label': t('close') }}>
      <Table verticalSpacing={6} withRowBorders={false}>
        <Table.Tbody>
          <Row keys={['⌘ / Ctrl', 'K']} text={t('shortcuts.palette')} />
          <Row keys={['?']} text={t('shortcuts.help')} />
          {rooms.map((room) => (
            <Row key={room.name} keys={['g', room.letter]} text={t('shortcuts.go', { room: t(`rooms.${room.name}`) })} />
          ))}
          {inboxKeys.map(([key, name]) => (
            <Row key={key} keys={[key]} text={t(`shortcuts.${name}`)} />
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  )
}

function Row({ keys, text }: { keys: string[]; text: string }) {
  return (
    <Table.Tr>
      <Table.Td w={130}>
        {keys.map((key) => (
          <Kbd key={key} mr={4}>
            {key}
          </Kbd>
        ))}
      </Table.Td>
      <Table.Td>{text}</Table.Td>
    </Table.Tr>
  )
}
