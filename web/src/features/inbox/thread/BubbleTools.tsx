// What may be done with a message: react, reply, copy, link. Shown on hover and on focus.
import { ActionIcon, Menu, Popover } from '@mantine/core'
import { useClipboard, useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { IconCopy, IconCornerUpLeft, IconDots, IconLink, IconMoodPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Message } from '../../../api/types'
import { EmojiGrid } from '../EmojiGrid'
import type { Sender } from '../useSend'
import classes from './Bubble.module.css'

interface Props {
  message: Message
  sender: Sender
  canReply: boolean
  onReply: (message: Message) => void
}

export function BubbleTools({ message, sender, canReply, onReply }: Props) {
  const { t } = useTranslation('inbox')
  const [reacting, react] = useDisclosure(false)
  const mine = message.reactions.find((reaction) => reaction.by === 'business')?.emoji
  return (
    <div className={classes.tools} data-open={reacting || undefined}>
      {canReply && (
        <>
          <Popover opened={reacting} onDismiss={react.close} position="top" shadow="md" trapFocus>
            <Popover.Target>
              <ActionIcon size={30} aria-label={t('tools.react')} onClick={react.toggle}>
                <IconMoodPlus size={18} stroke={1.6} />
              </ActionIcon>
            </Popover.Target>
            <Popover.Dropdown p={8}>
              <EmojiGrid
                chosen={mine}
                onPick={(emoji) => {
                  sender.react(message, emoji === mine ? '' : emoji)
                  react.close()
                }}
              />
            </Popover.Dropdown>
          </Popover>
          <ActionIcon size={30} aria-label={t('tools.reply')} onClick={() => onReply(message)}>
            <IconCornerUpLeft size={18} stroke={1.6} />
          </ActionIcon>
        </>
      )}
      <MoreMenu message={message} />
    </div>
  )
}

function MoreMenu({ message }: { message: Message }) {
  const { t } = useTranslation('inbox')
  const clipboard = useClipboard()
  const text = 'body' in message.content ? message.content.body : 'caption' in message.content ? message.content.caption : null
  const copy = (value: string, done: string) => {
    clipboard.copy(value)
    notifications.show({ message: done, autoClose: 2000 })
  }
  const address = new URL(`/chats/${message.chat_id}?message=${message.id}`, location.origin).href
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size={30} aria-label={t('tools.more')}>
          <IconDots size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {text && (
          <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => copy(text, t('tools.copied'))}>
            {t('tools.copy')}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconLink size={16} />} onClick={() => copy(address, t('tools.linked'))}>
          {t('tools.link')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
