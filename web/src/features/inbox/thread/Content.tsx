// What a message holds, by its type. A type from the future is shown as it came.
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type * as T from '../../../api/types'
import { emojiOnly } from '../richText'
import { RichText } from '../RichText'
import * as Cards from './Cards'
import { Audio, Document, Picture, Video } from './Media'
import classes from './Bubble.module.css'

type Shower = (content: never) => ReactNode

const showers: Record<T.MessageType, Shower> = {
  text: (content: T.ContentByType['text']) => <Text body={content.body} />,
  image: (content: T.MediaContent) => <WithCaption content={content} media={<Picture content={content} />} />,
  video: (content: T.MediaContent) => <WithCaption content={content} media={<Video content={content} />} />,
  audio: (content: T.MediaContent) => <Audio content={content} />,
  document: (content: T.MediaContent) => <WithCaption content={content} media={<Document content={content} />} />,
  sticker: (content: T.MediaContent) => <Picture content={content} sticker />,
  location: (content: T.LocationContent) => <Cards.Location content={content} />,
  contacts: (content: T.ContentByType['contacts']) => <Cards.Contacts content={content} />,
  interactive: (content: T.InteractiveContent) => <Cards.Interactive content={content} />,
  interactive_reply: (content: T.InteractiveReplyContent) => <Cards.Reply content={content} />,
  button: (content: T.ContentByType['button']) => <Text body={content.text} />,
  order: (content: T.OrderContent) => <Cards.Order content={content} />,
  system: (content: T.ContentByType['system']) => <Text body={content.body} />,
  template: (content: T.TemplateContent) => <Cards.Template content={content} />,
  unsupported: (content: T.ContentByType['unsupported']) => <Cards.Unshown content={content} />,
  unknown: (content: T.ContentByType['unknown']) => <Cards.Unshown content={{}} raw={content.raw ?? content} />,
}

export function MessageContent({ message }: { message: T.Message }) {
  const { t } = useTranslation('inbox')
  if (message.revoked_at) return <em className={classes.revoked}>{t('bubble.revoked')}</em>
  const known = Object.hasOwn(showers, message.type)
  return (
    <>
      {message.content.referral && <Referral referral={message.content.referral} />}
      {known ? showers[message.type](message.content as never) : <Cards.Unshown content={{ kind: message.type }} raw={message.content} />}
    </>
  )
}

function Text({ body }: { body: string }) {
  return (
    <div className={classes.text} data-large={emojiOnly(body) || undefined} dir="auto">
      <RichText text={body} />
    </div>
  )
}

function WithCaption({ content, media }: { content: T.MediaContent; media: ReactNode }) {
  return (
    <div className={classes.captioned}>
      {media}
      {content.caption && <Text body={content.caption} />}
    </div>
  )
}

function Referral({ referral }: { referral: T.Referral }) {
  const { t } = useTranslation('inbox')
  return (
    <a className={classes.referral} href={referral.source_url ?? '#'} target="_blank" rel="noreferrer noopener">
      <small>{referral.source_type === 'post' ? t('referral.post') : t('referral.ad')}</small>
      {referral.headline && <strong>{referral.headline}</strong>}
      {referral.body && <span>{referral.body}</span>}
    </a>
  )
}
