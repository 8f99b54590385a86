// One bubble: its quote, its content, its time and ticks, the reactions under it, and the menu of what can be done with it.
import { ActionIcon, Menu } from '@mantine/core'
import { IconArrowBackUp, IconChevronDown, IconCopy, IconHash, IconPencil, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { control } from '../control/client'
import type { ChatMessage } from '../control/types'
import { useAct } from '../useAct'
import { clockTime, fullTime } from '../when'
import { fields, text } from './content'
import { MessageContent } from './MessageContent'
import { Ticks } from './Ticks'
import { usePreview } from './usePreview'
import { useOpenThread } from './openThread'
import classes from './phone.module.css'

const REACTIONS = ['👍', '❤️', '😂', '😮', '😢', '🙏']

interface Props {
  message: ChatMessage
  /** undefined: answers nothing; null: answers a message that is no longer here. */
  quoted: ChatMessage | null | undefined
  tail: boolean
}

export function MessageRow({ message, quoted, tail }: Props) {
  const { t, i18n } = useTranslation('simulator')
  const bare = message.type === 'sticker' && !message.deleted
  const footer = (
    <span className={classes.meta}>
      {message.edited && !message.deleted && <span>{t('thread.edited')}</span>}
      <time dateTime={message.at} title={fullTime(message.at, i18n.language)}>{clockTime(message.at, i18n.language)}</time>
      {message.from_me && <Ticks status={message.status} />}
    </span>
  )
  return (
    <div className={classes.line} data-mine={message.from_me || undefined} data-message-id={message.id}>
      <div className={classes.bubble} data-mine={message.from_me || undefined} data-tail={tail || undefined} data-bare={bare || undefined} data-type={message.type}>
        {quoted !== undefined && !message.deleted && <Quote quoted={quoted} />}
        <MessageContent message={message} meta={footer} />
        <BubbleMenu message={message} />
      </div>
      <Reactions message={message} />
    </div>
  )
}

function Quote({ quoted }: { quoted: ChatMessage | null }) {
  const { t } = useTranslation('simulator')
  const preview = usePreview()
  return (
    <div className={classes.quote} data-mine={quoted?.from_me ?? undefined}>
      <strong>{quoted?.from_me ? t('thread.you') : t('thread.business')}</strong>
      <span dir="auto">{quoted ? preview(quoted) : t('thread.quote_gone')}</span>
    </div>
  )
}

function useReact(message: ChatMessage): (emoji: string) => void {
  const act = useAct()
  const { phone, numberId } = useOpenThread()
  return (emoji) => {
    void act(control.send(phone.phone, { to: numberId, type: 'reaction', reaction: { message_id: message.id, emoji } }))
  }
}

function Reactions({ message }: { message: ChatMessage }) {
  const { t } = useTranslation('simulator')
  const react = useReact(message)
  if (message.reactions.length === 0 || message.deleted) return null
  return (
    <div className={classes.reactions}>
      {message.reactions.map((reaction) => (
        <button
          key={`${reaction.emoji} ${String(reaction.from_me)}`}
          type="button"
          className={classes.reaction}
          disabled={!reaction.from_me}
          title={reaction.from_me ? t('thread.remove_reaction') : t('thread.business_reacted')}
          onClick={() => react('')}
        >
          {reaction.emoji}
        </button>
      ))}
    </div>
  )
}

function BubbleMenu({ message }: { message: ChatMessage }) {
  const { t } = useTranslation('simulator')
  const act = useAct()
  const { phone, numberId, onDraft } = useOpenThread()
  const react = useReact(message)
  if (message.deleted) return null
  const body = message.type === 'text' ? text(fields(message.content).body) : ''
  const revoke = () => act(control.send(phone.phone, { to: numberId, type: 'revoke', revoke: { original_message_id: message.id } }))
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon className={classes.bubbleMenu} size={24} radius="xl" variant="default" aria-label={t('thread.actions')}><IconChevronDown size={15} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.emojiRow}>
          {REACTIONS.map((emoji) => (
            <Menu.Item key={emoji} className={classes.emoji} aria-label={t('thread.react', { emoji })} onClick={() => react(emoji)}>{emoji}</Menu.Item>
          ))}
        </div>
        <Menu.Item leftSection={<IconArrowBackUp size={16} />} onClick={() => onDraft({ kind: 'reply', message })}>{t('thread.reply')}</Menu.Item>
        {message.from_me && body !== '' && (
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => onDraft({ kind: 'edit', message, body })}>{t('thread.edit')}</Menu.Item>
        )}
        {body !== '' && (
          <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => void navigator.clipboard.writeText(body)}>{t('thread.copy')}</Menu.Item>
        )}
        <Menu.Item leftSection={<IconHash size={16} />} onClick={() => void navigator.clipboard.writeText(message.id)}>{t('thread.copy_id')}</Menu.Item>
        {message.from_me && (
          <Menu.Item leftSection={<IconTrash size={16} />} color="red" onClick={revoke}>{t('thread.delete')}</Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
