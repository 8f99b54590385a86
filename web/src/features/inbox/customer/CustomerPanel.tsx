// Who the customer is, what the open conversation costs and why, and what was exchanged.
import { ActionIcon, CloseButton, CopyButton, Skeleton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useCustomer } from '../../../api/queries'
import type { Chat } from '../../../api/types'
import { useNow } from '../../../ui/clock'
import { countryName, exactTime, flag, shortDate, timeLeft } from '../../../ui/format'
import { Money } from '../../../ui/Money'
import { ruleSentence } from '../../../ui/rule'
import { usePlace } from '../../../ui/usePlace'
import { CustomerAvatar } from '../CustomerAvatar'
import { OwnerMenu } from '../OwnerMenu'
import type { ChatActions } from '../useChatActions'
import { CustomerName } from './CustomerName'
import { SharedMedia } from './SharedMedia'
import classes from './CustomerPanel.module.css'

export function CustomerPanel({ chat, actions, onClose }: { chat: Chat; actions: ChatActions; onClose: () => void }) {
  const { t } = useTranslation('inbox')
  return (
    <aside className={classes.panel} aria-label={t('customer.label')}>
      <div className={classes.head}>
        <h2>{t('customer.label')}</h2>
        <CloseButton aria-label={t('customer.hide')} onClick={onClose} />
      </div>
      <div className={classes.who}>
        <CustomerAvatar customer={chat.customer} size={64} />
        <CustomerName key={chat.customer.id} customer={chat.customer} />
        <OwnerMenu chat={chat} actions={actions} className={classes.owner} />
      </div>
      <Facts chat={chat} />
      <ConversationCard chat={chat} />
      <SharedMedia chatId={chat.id} />
    </aside>
  )
}

function Facts({ chat }: { chat: Chat }) {
  const { t } = useTranslation('inbox')
  const place = usePlace()
  const { data: customer } = useCustomer(chat.customer.id)
  const { phone_formatted, username, user_id, country } = chat.customer
  const rows: [string, React.ReactNode][] = [
    [t('customer.phone'), phone_formatted ? <Copyable text={phone_formatted} /> : t('customer.noPhone')],
    ...(country ? [[t('customer.country'), `${flag(country)} ${countryName(country, place.locale)}`] as [string, string]] : []),
    ...(username ? [[t('customer.username'), `@${username}`] as [string, string]] : []),
    ...(user_id ? [[t('customer.userId'), <Copyable key="id" text={user_id} />] as [string, React.ReactNode]] : []),
    ...(customer?.profile_name ? [[t('customer.profileName'), customer.profile_name] as [string, string]] : []),
    [
      t('customer.firstSeen'),
      customer ? (
        <Tooltip label={exactTime(customer.first_seen_at, place)}>
          <span>{shortDate(customer.first_seen_at, place)}</span>
        </Tooltip>
      ) : (
        <Skeleton height={14} width={90} display="inline-block" />
      ),
    ],
  ]
  return (
    <dl className={classes.facts}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      {customer?.blocked && (
        <div>
          <dt>{t('customer.state')}</dt>
          <dd>{t('customer.blocked')}</dd>
        </div>
      )}
    </dl>
  )
}

function Copyable({ text }: { text: string }) {
  const { t } = useTranslation('inbox')
  return (
    <span className={classes.copyable}>
      <span>{text}</span>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <ActionIcon size={22} aria-label={t('customer.copy', { text })} onClick={copy}>
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} stroke={1.6} />}
          </ActionIcon>
        )}
      </CopyButton>
    </span>
  )
}

function ConversationCard({ chat }: { chat: Chat }) {
  const { t } = useTranslation('inbox')
  const place = usePlace()
  const now = useNow(1000)
  const { conversation } = chat
  const left = timeLeft(conversation?.expires_at ?? null, now, place.locale)
  return (
    <section className={classes.section} aria-label={t('conversation.title')}>
      <h3>{t('conversation.title')}</h3>
      {conversation && left ? (
        <div className={classes.card}>
          <div className={classes.cost}>
            <strong>{t(`category.${conversation.category}`, { defaultValue: conversation.category })}</strong>
            {conversation.amount_micros !== null && <Money micros={conversation.amount_micros} currency={conversation.currency} why={ruleSentence(conversation.rule, place.locale)} />}
          </div>
          <p>{ruleSentence(conversation.rule, place.locale)}</p>
          <div className={classes.foot}>
            <span>{t('conversation.left', { time: left })}</span>
            <Link to="/chats/$chatId" params={{ chatId: chat.id }} search={(search) => ({ ...search, message: conversation.opening_message_id })}>
              {t('conversation.openedBy')}
            </Link>
          </div>
        </div>
      ) : (
        <p className={classes.none}>{t('conversation.none')}</p>
      )}
    </section>
  )
}
