// What stands inside a bubble, by type of message. Anything new from the wire is shown by its type and raw body, never dropped.
import { IconBan, IconFile, IconMapPin, IconShoppingCart, IconUser, IconVideo } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { emojiOnly } from '../../features/inbox/richText'
import { control } from '../control/client'
import type { ChatMessage } from '../control/types'
import { fields, list, readMedia, readOrder, readReply, text } from './content'
import { InteractiveBubble, TemplateBubble } from './Cards'
import { FormattedText } from './FormattedText'
import { useOpenThread } from './openThread'
import { usePreview } from './usePreview'
import classes from './phone.module.css'

export interface ContentProps {
  message: ChatMessage
  /** Time and ticks; each content places them where WhatsApp does. */
  meta: ReactNode
}

export function MessageContent({ message, meta }: ContentProps) {
  if (message.deleted) return <Deleted message={message} meta={meta} />
  switch (message.type) {
    case 'text':
      return <Text body={text(fields(message.content).body)} meta={meta} />
    case 'image':
    case 'sticker':
    case 'video':
      return <Picture message={message} meta={meta} />
    case 'audio':
    case 'document':
      return <FileCard message={message} meta={meta} />
    case 'location':
      return <Location message={message} meta={meta} />
    case 'contacts':
      return <Contacts message={message} meta={meta} />
    case 'order':
      return <Order message={message} meta={meta} />
    case 'template':
      return <TemplateBubble message={message} meta={meta} />
    case 'unsupported':
      return <Unsupported message={message} meta={meta} />
    case 'button':
    case 'interactive':
      return <Interactive message={message} meta={meta} />
    default:
      return <Other message={message} meta={meta} />
  }
}

function Text({ body, meta }: { body: string; meta: ReactNode }) {
  return (
    <div className={classes.text} data-big={emojiOnly(body) || undefined}>
      <FormattedText text={body} />
      {meta}
    </div>
  )
}

function Deleted({ message, meta }: ContentProps) {
  const { t } = useTranslation('simulator')
  return (
    <div className={classes.text} data-deleted>
      <IconBan size={15} aria-hidden /> {message.from_me ? t('thread.deleted_by_you') : t('thread.deleted')}
      {meta}
    </div>
  )
}

function Interactive({ message, meta }: ContentProps) {
  const reply = readReply(message.type, message.content)
  if (!reply) return <InteractiveBubble message={message} meta={meta} />
  return (
    <div className={classes.text}>
      <span dir="auto">{reply.title}</span>
      {reply.description && <small className={classes.faint} dir="auto">{reply.description}</small>}
      {meta}
    </div>
  )
}

function Picture({ message, meta }: ContentProps) {
  const { t } = useTranslation('simulator')
  const media = readMedia(message.content)
  return (
    <>
      <div className={classes.picture} data-type={message.type}>
        {media.url === null && <span className={classes.noPicture}>{t('thread.no_media')}</span>}
        {media.url !== null && message.type === 'video' && <video src={media.url} controls preload="metadata" />}
        {media.url !== null && message.type !== 'video' && <img src={media.url} alt={media.caption ?? t(message.type === 'sticker' ? 'preview.sticker' : 'preview.image')} loading="lazy" />}
        {message.type === 'video' && <IconVideo size={16} className={classes.pictureKind} aria-hidden />}
        {media.caption === null && meta}
      </div>
      {media.caption !== null && <Text body={media.caption} meta={meta} />}
    </>
  )
}

function FileCard({ message, meta }: ContentProps) {
  const { t } = useTranslation('simulator')
  const { phone } = useOpenThread()
  const media = readMedia(message.content)
  const played = () => {
    if (message.from_me) return
    control.play(phone.phone, message.id).catch(() => {
      // A play that is not told is told at the next one.
    })
  }
  if (message.type === 'audio') {
    return (
      <div className={classes.text}>
        <audio className={classes.audio} src={media.url ?? undefined} controls preload="metadata" onPlay={played} aria-label={t(media.voice ? 'preview.voice' : 'preview.audio')} />
        {meta}
      </div>
    )
  }
  return (
    <>
      <a className={classes.card} href={media.url ?? undefined} target="_blank" rel="noreferrer">
        <IconFile size={26} stroke={1.5} aria-hidden />
        <span>
          <strong dir="auto">{media.filename ?? t('preview.document')}</strong>
          <small>{media.mimeType}</small>
        </span>
      </a>
      {media.caption === null ? meta : <Text body={media.caption} meta={meta} />}
    </>
  )
}

function Location({ message, meta }: ContentProps) {
  const { t } = useTranslation('simulator')
  const place = fields(message.content)
  const where = `${text(place.latitude)}, ${text(place.longitude)}`
  return (
    <>
      <div className={classes.map} aria-hidden><IconMapPin size={30} /></div>
      <div className={classes.text}>
        <strong dir="auto">{text(place.name) || t('preview.location')}</strong>
        <small className={classes.faint} dir="auto">{text(place.address) || where}</small>
        {meta}
      </div>
    </>
  )
}

function Contacts({ message, meta }: ContentProps) {
  return (
    <>
      {list(message.content).map((value, index) => {
        const contact = fields(value)
        return (
          <div className={classes.card} key={index}>
            <IconUser size={26} stroke={1.5} aria-hidden />
            <span>
              <strong dir="auto">{text(fields(contact.name).formatted_name)}</strong>
              {list(contact.phones).map((phone, position) => <small key={position}>{text(fields(phone).phone)}</small>)}
            </span>
          </div>
        )
      })}
      {meta}
    </>
  )
}

function Order({ message, meta }: ContentProps) {
  const { t, i18n } = useTranslation('simulator')
  const order = readOrder(message.content)
  const money = ({ amount, currency }: { amount: number; currency: string }) =>
    currency.length === 3 ? new Intl.NumberFormat(i18n.language, { style: 'currency', currency }).format(amount) : `${amount} ${currency}`
  return (
    <>
      <div className={classes.card}>
        <IconShoppingCart size={26} stroke={1.5} aria-hidden />
        <span>
          <strong>{t('thread.items', { count: order.count })}</strong>
          <small>{order.totals.map(money).join(' + ')}</small>
          {order.lines.map((line) => <small key={line.name}>{line.quantity} × {line.name}</small>)}
        </span>
      </div>
      {order.note === null ? meta : <Text body={order.note} meta={meta} />}
    </>
  )
}

function Unsupported({ message, meta }: ContentProps) {
  const preview = usePreview()
  return (
    <div className={classes.text}>
      <em className={classes.faint}>{preview(message)}</em>
      {meta}
    </div>
  )
}

function Other({ message, meta }: ContentProps) {
  const { t } = useTranslation('simulator')
  return (
    <div className={classes.text}>
      <em className={classes.faint}>{t('preview.other', { type: message.type })}</em>
      <code className={classes.raw}>{JSON.stringify(message.content)}</code>
      {meta}
    </div>
  )
}
