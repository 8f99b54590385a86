// Where agents write. While the window is closed it offers templates instead, and says why.
import { useEffect, useState } from 'react'
import { useRealtime } from '../../../app/realtimeContext'
import type { Chat, Message } from '../../../api/types'
import { useNow } from '../../../ui/clock'
import type { Sender } from '../useSend'
import { ClosedComposer } from './ClosedComposer'
import { InteractiveDialog } from './InteractiveDialog'
import { OpenComposer } from './OpenComposer'
import { TemplateDialog } from './TemplateDialog'
import { windowState } from './rules'
import classes from './Composer.module.css'

interface Props {
  chat: Chat
  sender: Sender
  reply: Message | null
  onReplyDone: () => void
}

export function Composer({ chat, sender, reply, onReplyDone }: Props) {
  const state = windowState(chat, useNow(1000))
  const [template, setTemplate] = useState<string | true | null>(null)
  const [interactive, setInteractive] = useState(false)
  const open = state === 'open' || state === 'closing'
  useTyping(chat.id, open)
  return (
    <footer className={classes.composer}>
      {open ? (
        <OpenComposer chat={chat} sender={sender} reply={reply} onReplyDone={onReplyDone} onTemplate={() => setTemplate(true)} onInteractive={() => setInteractive(true)} />
      ) : (
        <ClosedComposer chat={chat} never={state === 'never'} onTemplate={setTemplate} />
      )}
      {template !== null && (
        <TemplateDialog
          chosen={template === true ? null : template}
          customer={chat.customer.name}
          onClose={() => setTemplate(null)}
          onSend={(body, extra) => {
            sender.send(body, extra)
            setTemplate(null)
          }}
        />
      )}
      {interactive && (
        <InteractiveDialog
          onClose={() => setInteractive(false)}
          onSend={(draft) => {
            sender.send({ type: 'interactive', ...draft, ...(reply && { reply_to: reply.id }) })
            onReplyDone()
            setInteractive(false)
          }}
        />
      )}
    </footer>
  )
}

const QUIET_MS = 4000

/** Tells the other agents that somebody writes here, and when it stopped. */
function useTyping(chatId: string, open: boolean): void {
  const realtime = useRealtime()
  useEffect(() => {
    if (!open) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = () => {
      if (timer === undefined) return
      clearTimeout(timer)
      timer = undefined
      realtime.typing(chatId, false)
    }
    const typed = (event: Event) => {
      if (!(event.target instanceof HTMLTextAreaElement) || !event.target.dataset.composer) return
      if (timer === undefined) realtime.typing(chatId, true)
      clearTimeout(timer)
      timer = setTimeout(stop, QUIET_MS)
    }
    document.addEventListener('input', typed)
    return () => {
      document.removeEventListener('input', typed)
      stop()
    }
  }, [chatId, open, realtime])
}
