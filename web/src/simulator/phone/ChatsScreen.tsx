// WhatsApp's list of chats, and below it the businesses this customer has not written to yet.
import { Button } from '@mantine/core'
import { IconBan, IconBrandWhatsapp, IconBuildingStore, IconMessageCirclePlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { BusinessNumber, Chat, Phone } from '../control/types'
import { control } from '../control/client'
import { useSimulator } from '../state/useSimulator'
import { useAct } from '../useAct'
import { useNow } from '../useNow'
import { fullTime, listTime, withPlus } from '../when'
import { Avatar } from './Avatar'
import { Ticks } from './Ticks'
import { usePreview } from './usePreview'
import classes from './phone.module.css'

interface Props {
  phone: Phone
  chats: Chat[]
  onOpen: (numberId: string) => void
}

export function ChatsScreen({ phone, chats, onOpen }: Props) {
  const { t } = useTranslation('simulator')
  const { numbers } = useSimulator().page
  if (!phone.whatsapp_app) return <NoWhatsApp phone={phone} />
  const lastAt = (chat: Chat) => chat.messages.at(-1)?.at ?? ''
  const ordered = [...chats].sort((a, b) => lastAt(b).localeCompare(lastAt(a)))
  const known = new Set(chats.map((chat) => chat.phone_number_id))
  const others = numbers.filter((number) => !known.has(number.id) && number.phone !== phone.phone && number.status === 'CONNECTED')
  return (
    <div className={classes.page}>
      <h2 className={classes.pageTitle}>{t('phone.chats')}</h2>
      {ordered.map((chat) => (
        <ChatRow key={chat.phone_number_id} chat={chat} onOpen={() => onOpen(chat.phone_number_id)} />
      ))}
      {others.length > 0 && <h3 className={classes.sectionTitle}>{t('chats.new')}</h3>}
      {others.map((number) => (
        <NumberRow key={number.id} number={number} onOpen={() => onOpen(number.id)} />
      ))}
      {ordered.length + others.length === 0 && (
        <div className={classes.empty}>
          <IconBuildingStore size={36} stroke={1.4} aria-hidden />
          <p>{t('chats.no_business')}</p>
        </div>
      )}
    </div>
  )
}

function ChatRow({ chat, onOpen }: { chat: Chat; onOpen: () => void }) {
  const { t, i18n } = useTranslation('simulator')
  const preview = usePreview()
  const now = useNow(30_000)
  const last = chat.messages.at(-1)
  return (
    <button type="button" className={classes.row} onClick={onOpen}>
      <Avatar name={chat.name} />
      <span className={classes.rowMain}>
        <span className={classes.rowTop}>
          <strong><bdi>{chat.name}</bdi></strong>
          {last && <time dateTime={last.at} title={fullTime(last.at, i18n.language)} data-unread={chat.unread > 0 || undefined}>{listTime(last.at, now, i18n.language)}</time>}
        </span>
        <span className={classes.rowBottom}>
          {last?.from_me && <Ticks status={last.status} />}
          <span className={classes.rowText}>{chat.typing ? <em>{t('thread.typing')}</em> : <bdi>{last ? preview(last) : t('chats.no_messages')}</bdi>}</span>
          {chat.blocked && <IconBan size={15} aria-label={t('chats.blocked')} />}
          {chat.unread > 0 && <span className={classes.unread} aria-label={t('chats.unread', { count: chat.unread })}>{chat.unread}</span>}
        </span>
      </span>
    </button>
  )
}

function NumberRow({ number, onOpen }: { number: BusinessNumber; onOpen: () => void }) {
  return (
    <button type="button" className={classes.row} onClick={onOpen}>
      <Avatar name={number.verified_name} />
      <span className={classes.rowMain}>
        <span className={classes.rowTop}><strong><bdi>{number.verified_name}</bdi></strong></span>
        <span className={classes.rowBottom}><span className={classes.rowText}>{withPlus(number.display_phone_number)}</span></span>
      </span>
      <IconMessageCirclePlus size={20} className={classes.rowIcon} aria-hidden />
    </button>
  )
}

function NoWhatsApp({ phone }: { phone: Phone }) {
  const { t } = useTranslation('simulator')
  const act = useAct()
  return (
    <div className={classes.empty}>
      <IconBrandWhatsapp size={40} stroke={1.3} aria-hidden />
      <p>{phone.is_business ? t('chats.is_business') : t('chats.not_installed')}</p>
      {!phone.is_business && (
        <Button variant="light" size="compact-sm" onClick={() => act(control.patchPhone(phone.phone, { whatsapp_app: true }))}>{t('settings.install')}</Button>
      )}
    </div>
  )
}
