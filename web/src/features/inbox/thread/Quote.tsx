// The message that this one answers: who said it and what, and the way there.
import { VisuallyHidden } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { messagesQuery, useChat, useMe } from '../../../api/queries'
import type { Message } from '../../../api/types'
import { plainText } from '../richText'
import { usePreview } from '../usePreview'
import classes from './Bubble.module.css'

interface Props {
  chatId: string
  context: NonNullable<Message['context']>
  onJump: (id: string) => void
}

export function Quote({ chatId, context, onJump }: Props) {
  const { t } = useTranslation('inbox')
  const preview = usePreview()
  const target = context.message_id
  const quoted = useLoaded(chatId, target)
  const author = useAuthor(chatId, quoted)
  if (!target) return <div className={classes.quote}><span>{context.preview ?? t('bubble.quotedGone')}</span></div>
  // A photo without words has no preview: then its kind is said, if it is at hand.
  const text = plainText(context.preview ?? '') || (quoted ? preview(quoted) : t('kinds.text'))
  return (
    <button type="button" className={classes.quote} onClick={() => onJump(target)} dir="auto">
      <VisuallyHidden>{t('bubble.quoted')} </VisuallyHidden>
      {author && <strong>{author} </strong>}
      <span>{text}</span>
    </button>
  )
}

/** Only what the thread has loaded already: a quote is no reason to fetch. */
function useLoaded(chatId: string, messageId: string | null): Message | undefined {
  const pages = useQueryClient().getQueryData(messagesQuery(chatId).queryKey)?.pages
  return pages?.flatMap((page) => page.items).find((message) => message.id === messageId)
}

function useAuthor(chatId: string, message: Message | undefined): string | undefined {
  const { t } = useTranslation('inbox')
  const me = useMe()
  const customer = useChat(chatId).data?.customer.name
  if (!message || message.direction === 'in') return message && customer
  return message.sent_by?.agent_id === me.agent.id ? t('bubble.you') : (message.sent_by?.name ?? t('bubble.business'))
}
