// Free-form messages: text, files, quotes. Enter sends, Shift+Enter starts a line.
import { ActionIcon, Menu, Popover, Textarea, Tooltip } from '@mantine/core'
import { IconLayoutList, IconMoodSmile, IconPaperclip, IconPlus, IconSend2, IconTemplate, IconX } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Chat, Message } from '../../../api/types'
import { EmojiGrid } from '../EmojiGrid'
import { usePreview } from '../usePreview'
import type { Sender } from '../useSend'
import { Attachments } from './Attachments'
import { drafts } from './drafts'
import { acceptedTypes, CAPTION_LETTERS_MAX, TEXT_LETTERS_MAX } from './rules'
import { useDrop } from './useDrop'
import { useFiles } from './useFiles'
import classes from './Composer.module.css'

interface Props {
  chat: Chat
  sender: Sender
  reply: Message | null
  onReplyDone: () => void
  onTemplate: () => void
  onInteractive: () => void
}

export function OpenComposer({ chat, sender, reply, onReplyDone, onTemplate, onInteractive }: Props) {
  const { t } = useTranslation('inbox')
  const preview = usePreview()
  const [text, setText] = useState(() => drafts.read(chat.id))
  const files = useFiles()
  const dragging = useDrop(files.add)
  const picker = useRef<HTMLInputElement>(null)
  const area = useRef<HTMLTextAreaElement>(null)

  const write = (value: string) => {
    setText(value)
    drafts.write(chat.id, value)
  }
  const ready = files.list.every((row) => row.media !== null)
  const lettersMax = files.list.length > 0 ? CAPTION_LETTERS_MAX : TEXT_LETTERS_MAX
  const tooLong = text.length > lettersMax
  const canSend = ready && !tooLong && (files.list.length > 0 || text.trim() !== '')

  const send = () => {
    if (!canSend) return
    const quoting = reply ? { reply_to: reply.id } : {}
    const extra = reply ? { preview: preview(reply) } : {}
    const body = text.trim()
    if (files.list.length === 0) sender.send({ type: 'text', body, ...quoting }, extra)
    files.list.forEach((row, index) => {
      if (!row.media) return
      // The words belong to the first file, as in WhatsApp.
      const caption = index === 0 && body ? { caption: body } : {}
      sender.send({ type: 'media', media_id: row.media.id, ...caption, ...(index === 0 ? quoting : {}) }, { ...extra, media: row.media })
    })
    write('')
    files.clear()
    onReplyDone()
    area.current?.focus()
  }

  return (
    <>
      {dragging && <div className={classes.drop}>{t('files.drop')}</div>}
      {reply && (
        <div className={classes.reply}>
          <div className={classes.replyText}>
            <strong>{reply.direction === 'in' ? chat.customer.name : (reply.sent_by?.name ?? t('bubble.business'))}</strong>
            <span dir="auto">{preview(reply)}</span>
          </div>
          <ActionIcon size={30} aria-label={t('composer.noReply')} onClick={onReplyDone}>
            <IconX size={16} />
          </ActionIcon>
        </div>
      )}
      <Attachments files={files} />
      <div className={classes.bar}>
        <Menu position="top-start">
          <Menu.Target>
            <ActionIcon aria-label={t('composer.add')}>
              <IconPlus size={22} stroke={1.6} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPaperclip size={18} stroke={1.6} />} onClick={() => picker.current?.click()}>
              {t('composer.attach')}
            </Menu.Item>
            <Menu.Item leftSection={<IconLayoutList size={18} stroke={1.6} />} onClick={onInteractive}>
              {t('composer.interactive')}
            </Menu.Item>
            <Menu.Item leftSection={<IconTemplate size={18} stroke={1.6} />} onClick={onTemplate}>
              {t('composer.template')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <EmojiButton
          onPick={(emoji) => {
            write(text + emoji)
            area.current?.focus()
          }}
        />
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          accept={acceptedTypes}
          aria-label={t('composer.attach')}
          data-testid="file-input"
          onChange={(event) => {
            files.add(event.currentTarget.files ?? [])
            event.currentTarget.value = ''
          }}
        />
        <Textarea
          ref={area}
          className={classes.area}
          classNames={{ input: classes.input }}
          data-composer
          autosize
          minRows={1}
          maxRows={8}
          value={text}
          dir="auto"
          aria-label={t('composer.label', { name: chat.customer.name })}
          placeholder={files.list.length > 0 ? t('composer.caption') : t('composer.placeholder')}
          error={tooLong && t('composer.tooLong', { max: lettersMax })}
          onChange={(event) => write(event.currentTarget.value)}
          onPaste={(event) => {
            if (event.clipboardData.files.length === 0) return
            event.preventDefault()
            files.add(event.clipboardData.files)
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return
            if (event.key === 'Enter' && !event.shiftKey) {
              event.preventDefault()
              send()
            }
            if (event.key === 'Escape') {
              if (reply) onReplyDone()
              else event.currentTarget.blur()
            }
          }}
        />
        <Tooltip label={t('composer.sendHint')}>
          <ActionIcon variant="filled" color="teal" radius="xl" size={38} aria-label={t('composer.send')} disabled={!canSend} onClick={send}>
            <IconSend2 size={20} stroke={1.8} />
          </ActionIcon>
        </Tooltip>
      </div>
    </>
  )
}

function EmojiButton({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useTranslation('inbox')
  return (
    <Popover position="top-start" shadow="md" trapFocus>
      <Popover.Target>
        <ActionIcon aria-label={t('emoji')} className={classes.emoji}>
          <IconMoodSmile size={22} stroke={1.6} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p={8}>
        <EmojiGrid onPick={onPick} />
      </Popover.Dropdown>
    </Popover>
  )
}
