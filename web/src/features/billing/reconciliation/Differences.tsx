// Messages of one class: what we reckon beside what WhatsApp said, and the way to the message.
import { ActionIcon, SegmentedControl } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import i18next from 'i18next'
import type { DaysQuery } from '../../../api/calls'
import type { ReconciledClass, ReconciledMessage, Reconciliation } from '../../../api/types'
import { factTime } from '../../../ui/format'
import { AnchorLink } from '../../../ui/links'
import { marketName } from '../../../ui/markets'
import { Money } from '../../../ui/Money'
import { usePlace } from '../../../ui/usePlace'
import { Endless, ListSkeleton } from '../Endless'
import { Failed } from '../Failed'
import { dayName } from '../spend'
import { linesOf, type Line } from './compare'
import { useReconciledMessages } from './queries'
import { classes as names, type ReconciliationSearch } from './search'
import billing from '../billing.module.css'
import classes from './reconciliation.module.css'

interface Props {
  shown: ReconciledClass
  day: string | undefined
  span: DaysQuery
  reconciliation: Reconciliation | undefined
  onChange: (part: ReconciliationSearch) => void
}

export function Differences({ shown, day, span, reconciliation, onChange }: Props) {
  const { t } = useTranslation('reconciliation')
  const { locale } = usePlace()
  const messages = useReconciledMessages({ class: shown, ...(day ? { from: day, to: day } : span) })
  const items = messages.data?.pages.flatMap((page) => page.items) ?? []
  const count = (name: ReconciledClass) => reconciliation?.classes.find((each) => each.class === name)?.messages ?? 0
  return (
    <section className={billing.section} aria-label={t('list.title')}>
      {day && (
        <div className={billing.sectionHead}>
          <span className={classes.ofDay}>
            {t('list.ofDay', { day: dayName(day, locale, 'full') })}
            <ActionIcon size={24} aria-label={t('list.anyDay')} onClick={() => onChange({ day: undefined })}>
              <IconX size={14} />
            </ActionIcon>
          </span>
        </div>
      )}
      <div className={classes.classTabs}>
        <SegmentedControl
          size="xs"
          aria-label={t('list.class')}
          value={shown}
          onChange={(value) => onChange({ class: names.find((name) => name === value) })}
          data={names.map((name) => ({ value: name, label: `${t(`class.${name}`)} ${count(name).toLocaleString(locale)}` }))}
        />
      </div>
      {messages.isError && items.length === 0 && <Failed text={t('list.failed')} onRetry={() => void messages.refetch()} />}
      {messages.isPending && <ListSkeleton />}
      {messages.isSuccess && items.length === 0 && <p className={classes.nothing}>{t(`list.none.${shown}`)}</p>}
      <ul className={billing.list}>
        {items.map((message) => (
          <Message key={message.message_id} message={message} />
        ))}
      </ul>
      {items.length > 0 && <Endless query={messages} />}
    </section>
  )
}

function Message({ message }: { message: ReconciledMessage }) {
  const { t } = useTranslation('reconciliation')
  const place = usePlace()
  const lines = linesOf(message)
  const { reckoned, told } = message
  return (
    <li className={classes.message}>
      <div className={classes.messageHead}>
        <AnchorLink to="/chats/$chatId" params={{ chatId: message.chat_id }} search={{ message: message.message_id }} fw={500}>
          <bdi>{message.customer}</bdi>
        </AnchorLink>
        <time dateTime={message.delivered_at} className={billing.when}>{factTime(message.delivered_at, place)}</time>
      </div>
      <div className={classes.sides}>
        <div className={classes.side}>
          <h4>{t('ours')}</h4>
          <p className={classes.price}>
            {reckoned.amount_micros === null ? t('unpriced') : <Money micros={reckoned.amount_micros} currency={reckoned.currency} why={ruleText(reckoned.rule)} />}
            <span className={billing.dim}> · {marketName(reckoned.market, place.locale)}</span>
          </p>
          <Lines lines={lines} side="ours" />
          <p className={classes.rule}>{ruleText(reckoned.rule)}</p>
        </div>
        <div className={classes.side} data-theirs>
          <h4>{t('theirs')}</h4>
          {told === null ? (
            <p className={billing.dim}>{t(message.class === 'timing' ? 'notYet' : 'never')}</p>
          ) : (
            <>
              <p className={classes.price}>{told.billable === null || told.billable === undefined ? t('unsaid') : t(told.billable ? 'charged' : 'free')}</p>
              <Lines lines={lines} side="theirs" />
              {told.reported_with && <p className={classes.rule}>{t('reportedWith', { status: statusText(told.reported_with) })}</p>}
            </>
          )}
        </div>
      </div>
    </li>
  )
}

const known = (key: string, otherwise: string): string => i18next.t(key, { defaultValue: otherwise })
const ruleText = (rule: string): string => known(`reconciliation:rule.${rule}`, rule)
const statusText = (status: string): string => known(`reconciliation:status.${status}`, status)

function valueText(member: Line['member'], value: string | boolean): string {
  if (typeof value === 'boolean') return known(`reconciliation:${value ? 'charged' : 'free'}`, String(value))
  return known(member === 'type' ? `reconciliation:kind.${value}` : `reconciliation:category.${value}`, value)
}

/** A difference is told by a sign and a word, not by colour alone. */
function Lines({ lines, side }: { lines: Line[]; side: 'ours' | 'theirs' }) {
  const { t } = useTranslation('reconciliation')
  return (
    <dl className={classes.lines}>
      {lines.map((line) => {
        const value = line[side]
        return (
          <div key={line.member} data-differs={line.differs || undefined}>
            <dt>{t(`member.${line.member}`)}</dt>
            <dd>
              {value === null || value === '' ? '–' : valueText(line.member, value)}
              {line.differs && side === 'theirs' && <span className={classes.differs}>≠ {t('differs')}</span>}
            </dd>
          </div>
        )
      })}
    </dl>
  )
}
