// Messages with something to press: reply buttons, list menus and filled-in templates.
import { IconArrowBackUp, IconCheck, IconCopy, IconExternalLink, IconFile, IconListDetails, IconMapPin, IconPhone } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { control } from '../control/client'
import { useAct } from '../useAct'
import { readInteractive, readTemplate, type Header, type TemplateButton } from './content'
import { FormattedText } from './FormattedText'
import type { ContentProps } from './MessageContent'
import { useOpenThread } from './openThread'
import classes from './phone.module.css'

export function InteractiveBubble({ message, meta }: ContentProps) {
  const { t } = useTranslation('simulator')
  const act = useAct()
  const { phone, onList } = useOpenThread()
  const content = readInteractive(message.content)
  const pressed = message.pressed ?? []
  return (
    <>
      <CardText header={content.header} body={content.body} footer={content.footer} meta={meta} />
      {content.sections.length > 0 && (
        <Press icon={<IconListDetails size={16} />} title={content.listButton} onPress={() => onList(message)} />
      )}
      {content.buttons.map((button) => (
        <Press
          key={button.id}
          icon={pressed.includes(button.id) ? <IconCheck size={16} /> : <IconArrowBackUp size={16} />}
          title={button.title}
          onPress={() => act(control.press(phone.phone, { message_id: message.id, button_id: button.id }))}
        />
      ))}
      {content.asks.map((ask) => (
        <Press
          key={ask.kind}
          icon={pressed.length > 0 ? <IconCheck size={16} /> : <IconArrowBackUp size={16} />}
          title={ask.title ?? t(`ask.${ask.kind}`)}
          onPress={() => act(control.press(phone.phone, { message_id: message.id, index: ask.index }))}
        />
      ))}
      {content.link && <LinkButton icon={<IconExternalLink size={16} />} title={content.link.text} href={content.link.url} />}
    </>
  )
}

export function TemplateBubble({ message, meta }: ContentProps) {
  const template = readTemplate(message.content)
  return (
    <>
      <CardText header={template.header} body={template.body} footer={template.footer} meta={meta} />
      {template.buttons.map((button) => <TemplatePress key={button.index} messageId={message.id} button={button} pressed={message.pressed ?? []} />)}
    </>
  )
}

function TemplatePress({ messageId, button, pressed }: { messageId: string; button: TemplateButton; pressed: (string | number)[] }) {
  const act = useAct()
  const { phone } = useOpenThread()
  if (button.type === 'URL') return <LinkButton icon={<IconExternalLink size={16} />} title={button.text} href={button.url ?? ''} />
  if (button.type === 'PHONE_NUMBER') return <LinkButton icon={<IconPhone size={16} />} title={button.text} href={`tel:${button.phoneNumber ?? ''}`} />
  if (button.type === 'COPY_CODE' || button.type === 'OTP') {
    return <Press icon={<IconCopy size={16} />} title={button.text} onPress={() => void navigator.clipboard.writeText(button.text)} />
  }
  return (
    <Press
      icon={pressed.includes(button.index) ? <IconCheck size={16} /> : <IconArrowBackUp size={16} />}
      title={button.text}
      onPress={() => act(control.press(phone.phone, { message_id: messageId, index: button.index }))}
    />
  )
}

interface CardTextProps {
  header: Header | null
  body: string
  footer: string | null
  meta: ReactNode
}

function CardText({ header, body, footer, meta }: CardTextProps) {
  return (
    <>
      {header && header.type !== 'text' && <HeaderMedia header={header} />}
      <div className={classes.text}>
        {header?.text && <strong className={classes.headline} dir="auto">{header.text}</strong>}
        <FormattedText text={body} />
        {footer && <small className={classes.footer} dir="auto">{footer}</small>}
        {meta}
      </div>
    </>
  )
}

function HeaderMedia({ header }: { header: Header }) {
  const { t } = useTranslation('simulator')
  if (header.type === 'location') return <div className={classes.map} aria-hidden><IconMapPin size={30} /></div>
  if (header.type === 'document') {
    return (
      <a className={classes.card} href={header.url ?? undefined} target="_blank" rel="noreferrer">
        <IconFile size={26} stroke={1.5} aria-hidden />
        <span><strong dir="auto">{header.filename ?? t('preview.document')}</strong></span>
      </a>
    )
  }
  return (
    <div className={classes.picture} data-type="image">
      {header.url === null && <span className={classes.noPicture}>{t('thread.no_media')}</span>}
      {header.url !== null && (header.type === 'video' ? <video src={header.url} controls preload="metadata" /> : <img src={header.url} alt={t('preview.image')} loading="lazy" />)}
    </div>
  )
}

function Press({ icon, title, onPress }: { icon: ReactNode; title: string; onPress: () => void }) {
  return <button type="button" className={classes.press} onClick={onPress}>{icon}<span dir="auto">{title}</span></button>
}

function LinkButton({ icon, title, href }: { icon: ReactNode; title: string; href: string }) {
  return <a className={classes.press} href={href} target="_blank" rel="noreferrer noopener" title={href}>{icon}<span dir="auto">{title}</span></a>
}
