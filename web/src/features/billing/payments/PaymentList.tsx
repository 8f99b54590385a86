// Every payment, newest first: by whom it was made, how, what became of it, and what went back.
import { Badge, Tooltip } from '@mantine/core'
import { IconCreditCard, IconFlask, IconRepeat } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Payment } from '../../../api/types'
import { useNow } from '../../../ui/clock'
import { exactTime, listTime } from '../../../ui/format'
import { Money } from '../../../ui/Money'
import { Empty } from '../../../ui/Page'
import { usePlace } from '../../../ui/usePlace'
import { Endless, ListSkeleton } from '../Endless'
import { Failed } from '../Failed'
import { useCardName } from './CardName'
import { failureText } from './failure'
import { useCards, usePayments } from './queries'
import billing from '../billing.module.css'
import classes from './payments.module.css'

export const tones: Record<Payment['state'], string> = {
  pending: 'yellow', requires_action: 'yellow', succeeded: 'teal', failed: 'red', canceled: 'gray', refunded: 'gray', disputed: 'red',
}

export function PaymentList({ onOpen }: { onOpen: (id: string) => void }) {
  const { t } = useTranslation('payments')
  const payments = usePayments()
  const items = payments.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <section className={classes.section} aria-label={t('list.title')}>
      <h2>{t('list.title')}</h2>
      {payments.isError && items.length === 0 && <Failed text={t('list.failed')} onRetry={() => void payments.refetch()} />}
      {payments.isPending && <ListSkeleton />}
      {payments.isSuccess && items.length === 0 && <Empty title={t('list.none')} text={t('list.noneHelp')} />}
      <ul className={billing.list}>
        {items.map((payment) => (
          <Line key={payment.id} payment={payment} onOpen={() => onOpen(payment.id)} />
        ))}
      </ul>
      {items.length > 0 && <Endless query={payments} />}
    </section>
  )
}

/** How it was paid, in words. */
export function useMethodName(): (payment: Payment) => string {
  const { t } = useTranslation('payments')
  const cards = useCards().data
  const cardName = useCardName()
  return (payment) => {
    const card = cards?.find((each) => each.id === payment.card_id)
    if (card) return cardName(card)
    return payment.card_id ? t('list.removedCard') : payment.method === 'test' ? t('list.test') : t('list.card')
  }
}

function Line({ payment, onOpen }: { payment: Payment; onOpen: () => void }) {
  const { t } = useTranslation('payments')
  const place = usePlace()
  const now = useNow(60_000)
  const method = useMethodName()(payment)
  const Icon = payment.auto ? IconRepeat : payment.method === 'test' && !payment.card_id ? IconFlask : IconCreditCard
  return (
    <li className={billing.row}>
      <button type="button" className={billing.rowButton} onClick={onOpen}>
        <Tooltip label={exactTime(payment.created_at, place)}>
          <time dateTime={payment.created_at} className={billing.when}>{listTime(payment.created_at, now, place)}</time>
        </Tooltip>
        <span className={billing.who}>
          <strong className={billing.lineKind}>
            <Icon size={16} aria-hidden />
            {t(payment.auto ? 'list.auto' : 'list.topUp')}
          </strong>
          <span className={billing.rule}>{payment.state === 'failed' ? failureText(payment) : method}</span>
        </span>
        <span className={billing.kind}>
          <Badge variant="light" tt="none" className={classes.badge} data-tone={tones[payment.state]}>{t(`state.${payment.state}`)}</Badge>
        </span>
        <span className={billing.amount} data-gone={payment.state === 'failed' || payment.state === 'canceled' || undefined}>
          <Money micros={payment.amount_micros} currency={payment.currency} />
          {payment.refunded_micros > 0 && <Back what="refunded" micros={payment.refunded_micros} currency={payment.currency} />}
          {payment.disputed_micros > 0 && <Back what="disputed" micros={payment.disputed_micros} currency={payment.currency} />}
        </span>
      </button>
    </li>
  )
}

function Back({ what, micros, currency }: { what: 'refunded' | 'disputed'; micros: number; currency: string }) {
  const { t } = useTranslation('payments')
  return (
    <small className={classes.back}>
      −<Money micros={micros} currency={currency} /> {t(`list.${what}`)}
    </small>
  )
}
