// One open chat: header, thread, composer, and the customer beside it.
import { Stack, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useRealtime } from '../../app/realtimeContext'
import { useChat, useMe } from '../../api/queries'
import type { Message } from '../../api/types'
import { useNow } from '../../ui/clock'
import { codeOf, sentence } from '../../ui/sentence'
import { useKeys } from '../../ui/useKeys'
import { Composer } from './composer/Composer'
import { windowState } from './composer/rules'
import { CustomerPanel } from './customer/CustomerPanel'
import { Thread } from './thread/Thread'
import { ThreadHeader } from './thread/ThreadHeader'
import { ThreadSkeleton } from './thread/ThreadStates'
import { useChatActions } from './useChatActions'
import { useReading } from './useReading'
import { useSend } from './useSend'
import classes from './Inbox.module.css'
import { ButtonLink } from '../../ui/links'

const WINDOW_CHECK_MS = 5000

interface Props {
  chatId: string
  wide: boolean
  panelWide: boolean
  onPanelWide: (shown: boolean) => void
}

export function ChatPane({ chatId, wide, panelWide, onPanelWide }: Props) {
  const me = useMe()
  const realtime = useRealtime()
  const { data: chat, error } = useChat(chatId)
  const actions = useChatActions(chat)
  const sender = useSend(chatId)
  const [reply, setReply] = useState<Message | null>(null)
  const [drawer, setDrawer] = useState(false)
  const now = useNow(WINDOW_CHECK_MS)
  useReading(chat, actions)
  useEffect(() => {
    realtime.view(chatId)
    return () => realtime.view(null)
  }, [realtime, chatId])
  useKeys({
    e: actions.toggleClosed,
    a: () => actions.assign(chat?.assigned_agent_id === me.agent.id ? null : me.agent.id),
    r: focusComposer,
    Enter: focusComposer,
  })
  if (!chat) {
    const waiting = (
      <div className={classes.waiting}>
        <ThreadSkeleton />
      </div>
    )
    return <div className={classes.pane}>{error ? <Gone error={error} /> : waiting}</div>
  }

  const state = windowState(chat, now)
  const canReply = state === 'open' || state === 'closing'
  const panel = wide ? panelWide : drawer
  const togglePanel = () => (wide ? onPanelWide(!panelWide) : setDrawer(!drawer))
  const startReply = (message: Message) => {
    setReply(message)
    focusComposer()
  }
  return (
    <>
      <section className={classes.pane} aria-label={chat.customer.name}>
        <ThreadHeader chat={chat} actions={actions} onPanel={togglePanel} />
        <Thread chat={chat} sender={sender} canReply={canReply} onReply={startReply} />
        <Composer chat={chat} sender={sender} reply={reply} onReplyDone={() => setReply(null)} />
      </section>
      {panel && <CustomerPanel chat={chat} actions={actions} onClose={togglePanel} />}
    </>
  )
}

function focusComposer(): void {
  document.querySelector<HTMLTextAreaElement>('textarea[data-composer]')?.focus()
}

function Gone({ error }: { error: Error }) {
  const { t } = useTranslation('inbox')
  return (
    <Stack align="center" justify="center" h="100%" gap="xs" role="alert">
      <Text fw={600}>{codeOf(error) === 'not_found' ? t('thread.gone') : sentence(error, t('failure.unreachable'))}</Text>
      <ButtonLink to="/chats" variant="default">
        {t('header.back')}
      </ButtonLink>
    </Stack>
  )
}
