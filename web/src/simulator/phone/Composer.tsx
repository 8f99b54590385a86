// The line at the foot of a thread: words, things to attach, a reply or an edit in the making.
import { ActionIcon, Loader, Textarea } from '@mantine/core'
import { IconAd2, IconBan, IconPlaneOff, IconSend2, IconX } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { control } from '../control/client'
import { useAct } from '../useAct'
import { AttachMenu } from './AttachMenu'
import { AD_REFERRAL, type Outgoing } from './presets'
import { useOpenThread, type Draft } from './openThread'
import { usePreview } from './usePreview'
import classes from './phone.module.css'

export function Composer({ blocked, draft }: { blocked: boolean; draft: Draft | null }) {
  const { t } = useTranslation('simulator')
  const act = useAct()
  const { phone, numberId, onDraft } = useOpenThread()
  const input = useRef<HTMLTextAreaElement>(null)
  const [body, setBody] = useState('')
  const [edited, setEdited] = useState<Draft | null>(null)
  const [fromAd, setFromAd] = useState(false)
  const [busy, setBusy] = useState(false)

  // A new edit starts from the message's own words; leaving it empties the line again.
  if (draft !== edited) {
    setEdited(draft)
    if (draft?.kind === 'edit') setBody(draft.body)
    else if (edited?.kind === 'edit') setBody('')
  }

  const deliver = async (make: Outgoing | Promise<Outgoing>) => {
    setBusy(true)
    const reply = draft?.kind === 'reply' ? { context: { message_id: draft.message.id } } : {}
    const referral = fromAd ? { referral: AD_REFERRAL } : {}
    const sent = await act(Promise.resolve(make).then((outgoing) => control.send(phone.phone, { ...outgoing, ...reply, ...referral, to: numberId } as Parameters<typeof control.send>[1])))
    setBusy(false)
    if (sent) {
      onDraft(null)
      setFromAd(false)
    }
    input.current?.focus()
    return sent
  }

  const sendText = async () => {
    const words = body.trim()
    if (words === '' || busy) return
    const text = { body: words }
    const outgoing: Outgoing =
      draft?.kind === 'edit'
        ? { type: 'edit', edit: { original_message_id: draft.message.id, text } }
        : { type: 'text', text }
    if (await deliver(outgoing)) setBody('')
  }

  if (blocked) return <Notice icon={<IconBan size={16} />} text={t('composer.blocked')} />
  if (!phone.online) return <Notice icon={<IconPlaneOff size={16} />} text={t('composer.offline')} />
  return (
    <div className={classes.composer}>
      {draft && <DraftBar draft={draft} />}
      {fromAd && (
        <div className={classes.draft}>
          <IconAd2 size={16} aria-hidden />
          <span className={classes.draftText}>{t('composer.from_ad')}</span>
          <ActionIcon size={28} aria-label={t('composer.cancel_ad')} onClick={() => setFromAd(false)}><IconX size={16} /></ActionIcon>
        </div>
      )}
      <div className={classes.composerLine}>
        <AttachMenu disabled={busy || draft?.kind === 'edit'} onSend={deliver} onFromAd={() => setFromAd(true)} />
        <Textarea
          ref={input}
          className={classes.input}
          aria-label={t('composer.label')}
          placeholder={t('composer.placeholder')}
          value={body}
          autosize
          minRows={1}
          maxRows={5}
          maxLength={4096}
          dir="auto"
          onChange={(event) => setBody(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onDraft(null)
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
            event.preventDefault()
            void sendText()
          }}
        />
        <ActionIcon className={classes.send} size={38} radius="xl" variant="filled" aria-label={t('composer.send')} disabled={body.trim() === '' || busy} onClick={() => void sendText()}>
          {busy ? <Loader size={16} color="white" /> : <IconSend2 size={18} className={classes.flip} />}
        </ActionIcon>
      </div>
    </div>
  )
}

function DraftBar({ draft }: { draft: Draft }) {
  const { t } = useTranslation('simulator')
  const preview = usePreview()
  const { onDraft } = useOpenThread()
  const title = draft.kind === 'edit' ? t('composer.editing') : t('composer.replying', { name: draft.message.from_me ? t('thread.you') : t('thread.business') })
  return (
    <div className={classes.draft}>
      <span className={classes.draftText}>
        <strong>{title}</strong>
        <span dir="auto">{preview(draft.message)}</span>
      </span>
      <ActionIcon size={28} aria-label={t('composer.cancel')} onClick={() => onDraft(null)}><IconX size={16} /></ActionIcon>
    </div>
  )
}

function Notice({ icon, text }: { icon: React.ReactNode; text: string }) {
  return <p className={classes.notice}>{icon} {text}</p>
}
