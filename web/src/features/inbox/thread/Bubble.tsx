// One message of the thread, as WhatsApp shows it from the other side.
import { Tooltip } from '@mantine/core'
import { IconArrowForwardUp } from '@tabler/icons-react'
import { memo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../../../api/queries'
import type { Message, MessageStatus } from '../../../api/types'
import { clockTime, exactTime } from '../../../ui/format'
import { usePlace } from '../../../ui/usePlace'
import { Ticks } from '../Ticks'
import type { Outgoing } from '../outgoing'
import type { Sender } from '../useSend'
import { BubbleTools } from './BubbleTools'
import { MessageContent } from './Content'
import { Failure, Unsent } from './Failure'
import { Quote } from './Quote'
import classes from './Bubble.module.css'

export interface BubbleProps {
  message: Message
  first: boolean
  last: boolean
  unsent: Outgoing | undefined
  sender: Sender
  canReply: boolean
  onReply: (message: Message) => void
  onJump: (messageId: string) => void
}

export const Bubble = memo(function Bubble(props: BubbleProps) {
  const { message, first, last, unsent, sender } = props
  const { t } = useTranslation('inbox')
  // Hundreds of messages, each with its menus: they come with the first look at a message.
  const [touched, setTouched] = useState(false)
  const touch = () => setTouched(true)
  const bare = message.type === 'sticker' && !message.revoked_at
  if (message.type === 'system') return <SystemLine message={message} />
  return (
    <article
      id={`message-${message.id}`}
      data-message={message.id}
      className={classes.row}
      data-direction={message.direction}
      data-last={last || undefined}
      tabIndex={-1}
      onPointerMove={touched ? undefined : touch}
      onFocus={touch}
      aria-label={message.direction === 'in' ? t('bubble.from') : t('bubble.by', { name: message.sent_by?.name ?? t('bubble.business') })}
    >
      <div className={classes.stack}>
        <div className={classes.line}>
          <div className={classes.bubble} data-bare={bare || undefined} data-media={/^(image|video)$/.test(message.type) || undefined} data-tail={tail(message)} data-edited={message.edited_at ? true : undefined}>
            {first && <Author message={message} />}
            {message.forwarded && <Forwarded />}
            {message.context && <Quote chatId={message.chat_id} context={message.context} onJump={props.onJump} />}
            <MessageContent message={message} />
            <Meta message={message} status={unsent?.state === 'unsent' ? 'failed' : message.status} />
          </div>
          {touched && !message.revoked_at && !unsent && <BubbleTools message={message} sender={sender} canReply={props.canReply} onReply={props.onReply} />}
        </div>
        <Reactions message={message} />
        <Trouble message={message} unsent={unsent} sender={sender} />
      </div>
    </article>
  )
})

function Trouble({ message, unsent, sender }: Pick<BubbleProps, 'message' | 'unsent' | 'sender'>) {
  if (unsent?.state === 'unsent') return <Unsent row={unsent} sender={sender} />
  return message.error && <Failure message={message} sender={sender} />
}

/** Other agents are named; one's own messages need no name. */
function Author({ message }: { message: Message }) {
  const me = useMe()
  if (message.direction === 'in' || !message.sent_by || message.sent_by.agent_id === me.agent.id) return null
  return <div className={classes.author}>{message.sent_by.name}</div>
}

function Forwarded() {
  const { t } = useTranslation('inbox')
  return (
    <div className={classes.forwarded}>
      <IconArrowForwardUp size={14} aria-hidden /> {t('bubble.forwarded')}
    </div>
  )
}

function Reactions({ message }: { message: Message }) {
  const { t } = useTranslation('inbox')
  if (message.reactions.length === 0) return null
  return (
    <div className={classes.reactions} role="group" aria-label={t('reaction.label')}>
      {message.reactions.map((reaction) => (
        <Tooltip key={reaction.by} label={t(`reaction.${reaction.by}`)}>
          <span>{reaction.emoji}</span>
        </Tooltip>
      ))}
    </div>
  )
}

/** Where the last line is text, the time stands in it if there is room, as in WhatsApp. */
function tail(message: Message): 'left' | 'right' | undefined {
  if (message.revoked_at) return undefined
  const { content } = message
  const words = 'caption' in content ? content.caption : message.type === 'text' && 'body' in content ? content.body : message.type === 'button' && 'text' in content ? content.text : null
  if (!words) return undefined
  return rightToLeft.test(words) ? 'left' : 'right'
}
/** The first letter decides, as it does for dir="auto". */
const rightToLeft = /^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u

function Meta({ message, status }: { message: Message; status: MessageStatus }) {
  const { t } = useTranslation('inbox')
  const place = usePlace()
  const steps = (['queued', 'sent', 'delivered', 'read', 'played', 'failed'] as const).flatMap((status) => {
    const at = message.statuses[status]
    return at ? [`${t(`status.${status}`)} · ${exactTime(at, place)}`] : []
  })
  const hint = message.direction === 'in' || steps.length === 0 ? [exactTime(message.at, place)] : steps
  return (
    <Tooltip label={hint.map((line) => <div key={line}>{line}</div>)}>
      <span className={classes.meta}>
        {message.edited_at && <span>{t('bubble.edited')}</span>}
        <time dateTime={message.at}>{clockTime(message.at, place)}</time>
        {message.direction === 'out' && <Ticks status={status} />}
      </span>
    </Tooltip>
  )
}

function SystemLine({ message }: { message: Message }) {
  const place = usePlace()
  const body = 'body' in message.content ? message.content.body : ''
  return (
    <div id={`message-${message.id}`} data-message={message.id} className={classes.system}>
      <Tooltip label={exactTime(message.at, place)}>
        <span>{body}</span>
      </Tooltip>
    </div>
  )
}
