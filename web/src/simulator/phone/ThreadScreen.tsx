// One chat as the customer sees it: their own words on the right in green, the business on the left.
import { ActionIcon, Menu } from '@mantine/core'
import { IconArrowLeft, IconBan, IconDotsVertical, IconSpeakerphone } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { control } from '../control/client'
import type { Chat, ChatMessage, Phone } from '../control/types'
import { useSimulator } from '../state/useSimulator'
import { useAct } from '../useAct'
import { useNow } from '../useNow'
import { dayKey, dayName, withPlus } from '../when'
import { Avatar } from './Avatar'
import { Composer } from './Composer'
import { ListSheet } from './ListSheet'
import { MessageRow } from './MessageRow'
import { OpenThreadProvider, type Draft } from './openThread'
import { useStickToEnd } from './useStickToEnd'
import classes from './phone.module.css'

const SHOWN_FIRST_COUNT = 120

interface Props {
  phone: Phone
  numberId: string
  chat: Chat | undefined
  onBack: () => void
}

export function ThreadScreen({ phone, numberId, chat, onBack }: Props) {
  const { t } = useTranslation('simulator')
  const act = useAct()
  const { numbers } = useSimulator().page
  const number = numbers.find((candidate) => candidate.id === numberId)
  const name = chat?.name ?? number?.verified_name ?? numberId
  const blocked = chat?.blocked ?? phone.blocked.includes(numberId)
  const [draft, setDraft] = useState<Draft | null>(null)
  const [listOf, setListOf] = useState<ChatMessage | null>(null)
  const messages = chat?.messages ?? []

  useReadWhenOpen(phone, chat)

  return (
    <OpenThreadProvider value={{ phone, numberId, onDraft: setDraft, onList: setListOf }}>
      <div className={classes.thread}>
        <header className={classes.threadHead}>
          <ActionIcon aria-label={t('thread.back')} onClick={onBack}><IconArrowLeft size={20} className={classes.flip} /></ActionIcon>
          <Avatar name={name} size={34} />
          <span className={classes.threadName}>
            <strong><bdi>{name}</bdi></strong>
            <small>{chat?.typing ? t('thread.typing') : withPlus(chat?.display_phone_number ?? number?.display_phone_number ?? '')}</small>
          </span>
          <Menu position="bottom-end">
            <Menu.Target><ActionIcon aria-label={t('thread.menu')}><IconDotsVertical size={18} /></ActionIcon></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconBan size={16} />} color={blocked ? undefined : 'red'} onClick={() => act(control.block(phone.phone, numberId, !blocked))}>
                {blocked ? t('thread.unblock') : t('thread.block')}
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item leftSection={<IconSpeakerphone size={16} />} onClick={() => act(control.setMarketing(phone.phone, numberId, 'stop'))}>{t('thread.stop_marketing')}</Menu.Item>
              <Menu.Item leftSection={<IconSpeakerphone size={16} />} onClick={() => act(control.setMarketing(phone.phone, numberId, 'resume'))}>{t('thread.resume_marketing')}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </header>
        <Messages messages={messages} />
        <Composer blocked={blocked} draft={draft} />
        {listOf && <ListSheet message={listOf} />}
      </div>
    </OpenThreadProvider>
  )
}

/** An open chat on a phone that is online is a chat being read. */
function useReadWhenOpen(phone: Phone, chat: Chat | undefined): void {
  const unread = chat?.unread ?? 0
  const numberId = chat?.phone_number_id
  useEffect(() => {
    if (unread === 0 || !numberId || !phone.online) return
    control.read(phone.phone, numberId).catch(() => {
      // Reading is retried with the next message; a notice for it would only disturb.
    })
  }, [phone.phone, phone.online, numberId, unread])
}

function Messages({ messages }: { messages: ChatMessage[] }) {
  const { t, i18n } = useTranslation('simulator')
  const now = useNow(60_000)
  const [shownCount, setShownCount] = useState(SHOWN_FIRST_COUNT)
  const { ref, missed, toEnd } = useStickToEnd(messages.length)
  const shown = messages.slice(-shownCount)
  const byId = new Map(messages.map((message) => [message.id, message]))
  return (
    <div className={classes.wall}>
      <div className={classes.scroll} ref={ref} role="log" aria-label={t('thread.messages')} tabIndex={0}>
        {messages.length > shown.length && (
          <button type="button" className={classes.earlier} onClick={() => setShownCount((count) => count + SHOWN_FIRST_COUNT)}>{t('thread.earlier')}</button>
        )}
        {messages.length === 0 && <p className={classes.hello}>{t('thread.empty')}</p>}
        {shown.map((message, index) => {
          const before = shown[index - 1]
          const newDay = !before || dayKey(before.at) !== dayKey(message.at)
          return (
            <div key={message.id} className={classes.item}>
              {newDay && <div className={classes.day}>{dayName(message.at, now, i18n.language)}</div>}
              <MessageRow
                message={message}
                quoted={message.context ? (byId.get(message.context.id) ?? null) : undefined}
                tail={newDay || before.from_me !== message.from_me}
              />
            </div>
          )
        })}
      </div>
      {missed > 0 && (
        <button type="button" className={classes.pill} onClick={toEnd}>{t('thread.new', { count: missed })}</button>
      )}
    </div>
  )
}
