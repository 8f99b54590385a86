// Everything that is neither text nor media: places, contacts, buttons, lists, orders, templates, and what we cannot show.
import { Code, Popover, UnstyledButton } from '@mantine/core'
import { IconArrowBackUp, IconExternalLink, IconList, IconMapPin, IconPhone, IconShoppingCart, IconUser } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type * as T from '../../../api/types'
import { RichText } from '../RichText'
import { Picture, Video, Document } from './Media'
import classes from './Cards.module.css'

export function Location({ content }: { content: T.LocationContent }) {
  const { t } = useTranslation('inbox')
  const { latitude, longitude, name, address } = content
  const map = content.url ?? `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`
  return (
    <a href={map} target="_blank" rel="noreferrer noopener" className={classes.place}>
      <span className={classes.pin}>
        <IconMapPin size={24} stroke={1.6} aria-hidden />
      </span>
      <span className={classes.lines}>
        <strong>{name ?? t('kinds.location')}</strong>
        {address && <span>{address}</span>}
        <small>
          {latitude.toFixed(5)}, {longitude.toFixed(5)}
        </small>
      </span>
    </a>
  )
}

export function Contacts({ content }: { content: T.ContentByType['contacts'] }) {
  return content.contacts.map((contact, index) => (
    <div key={index} className={classes.contact}>
      <span className={classes.pin}>
        <IconUser size={20} stroke={1.6} aria-hidden />
      </span>
      <span className={classes.lines}>
        <strong>{contact.formatted_name}</strong>
        {contact.org && <span>{contact.org}</span>}
        {contact.phones?.map((phone) => <span key={phone.phone}>{phone.phone}</span>)}
        {contact.emails?.map((email) => <span key={email}>{email}</span>)}
      </span>
    </div>
  ))
}

export function Interactive({ content }: { content: T.InteractiveContent }) {
  return (
    <div className={classes.card}>
      {content.header && <strong className={classes.header}>{content.header}</strong>}
      <div className={classes.text}>
        <RichText text={content.body} />
      </div>
      {content.footer && <small className={classes.footer}>{content.footer}</small>}
      {content.kind === 'list' ? <ListButton content={content} /> : content.buttons?.map((button) => <Button key={button.id} text={button.title} icon={IconArrowBackUp} />)}
    </div>
  )
}

function ListButton({ content }: { content: T.InteractiveContent }) {
  return (
    <Popover width={280} shadow="md" position="top">
      <Popover.Target>
        <UnstyledButton className={classes.button}>
          <IconList size={16} aria-hidden /> {content.button}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        {content.sections?.map((section, index) => (
          <div key={index} className={classes.section}>
            {section.title && <small>{section.title}</small>}
            {section.rows.map((row) => (
              <div key={row.id} className={classes.row}>
                {row.title}
                {row.description && <small>{row.description}</small>}
              </div>
            ))}
          </div>
        ))}
      </Popover.Dropdown>
    </Popover>
  )
}

function Button({ text, icon: Icon }: { text: string; icon: typeof IconPhone }) {
  return (
    <div className={classes.button}>
      <Icon size={16} aria-hidden /> {text}
    </div>
  )
}

const buttonIcon = (type: string) => (/url/i.test(type) ? IconExternalLink : /phone|call/i.test(type) ? IconPhone : IconArrowBackUp)

export function Template({ content }: { content: T.TemplateContent }) {
  const mime = content.media?.mime_type ?? ''
  return (
    <div className={classes.card}>
      {content.media && mime.startsWith('image/') && <Picture content={{ media: content.media }} />}
      {content.media && mime.startsWith('video/') && <Video content={{ media: content.media }} />}
      {content.media && mime.startsWith('application/') && <Document content={{ media: content.media }} />}
      {content.header && <strong className={classes.header}>{content.header}</strong>}
      <div className={classes.text}>
        <RichText text={content.body} />
      </div>
      {content.footer && <small className={classes.footer}>{content.footer}</small>}
      {content.buttons?.map((button, index) => <Button key={index} text={button.text} icon={buttonIcon(button.type)} />)}
    </div>
  )
}

export function Reply({ content }: { content: T.InteractiveReplyContent }) {
  const { t } = useTranslation('inbox')
  const fallback = content.kind === 'call_permission_reply' ? t('kinds.callPermission') : t('kinds.form')
  return (
    <div className={classes.text}>
      <strong>{content.title ?? fallback}</strong>
      {content.description && <div>{content.description}</div>}
      {content.data != null && <Raw value={content.data} />}
    </div>
  )
}

export function Order({ content }: { content: T.OrderContent }) {
  const { t, i18n } = useTranslation('inbox')
  const currency = content.items[0]?.currency ?? 'USD'
  const write = (amount: number) => new Intl.NumberFormat(i18n.language, { style: 'currency', currency }).format(amount)
  const total = content.items.reduce((sum, item) => sum + item.quantity * item.item_price, 0)
  return (
    <div className={classes.card}>
      <strong className={classes.header}>
        <IconShoppingCart size={16} aria-hidden /> {t('order.title', { count: content.items.reduce((sum, item) => sum + item.quantity, 0) })}
      </strong>
      <table className={classes.items}>
        <tbody>
          {content.items.map((item) => (
            <tr key={item.product_retailer_id}>
              <td>{t('order.times', { count: item.quantity })}</td>
              <td>{item.product_retailer_id}</td>
              <td>{write(item.item_price * item.quantity)}</td>
            </tr>
          ))}
          <tr>
            <td />
            <td>{t('order.total')}</td>
            <td>{write(total)}</td>
          </tr>
        </tbody>
      </table>
      {content.text && (
        <div className={classes.text}>
          <RichText text={content.text} />
        </div>
      )}
    </div>
  )
}

export function Unshown({ content, raw }: { content: T.ContentByType['unsupported']; raw?: unknown }) {
  const { t } = useTranslation('inbox')
  return (
    <div className={classes.unshown}>
      <em>{content.kind ? t('unsupported.kind', { kind: content.kind }) : t('unsupported.text')}</em>
      {content.detail && <small>{content.detail}</small>}
      {raw != null && <Raw value={raw} />}
    </div>
  )
}

function Raw({ value }: { value: unknown }) {
  const { t } = useTranslation('inbox')
  return (
    <details>
      <summary>{t('unsupported.raw')}</summary>
      <Code block className={classes.raw}>
        {JSON.stringify(value, null, 2)}
      </Code>
    </details>
  )
}
