// One payment in full: how it was paid, what became of it, what went back, and the way to send more of it back.
import { Alert, Badge, Button, Drawer, Group, NumberInput, Skeleton, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery } from '@tanstack/react-query'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../../../api/calls'
import { useMe, useWallet } from '../../../api/queries'
import type { Payment, Wallet } from '../../../api/types'
import { factTime, MICROS, money } from '../../../ui/format'
import { sentence } from '../../../ui/sentence'
import { usePlace } from '../../../ui/usePlace'
import { newId } from '../../../ui/uuid'
import { Failed } from '../Failed'
import { amountMicros } from '../topUp'
import { failureText } from './failure'
import { tones, useMethodName } from './PaymentList'
import { usePayments, useRefund, useRefunds } from './queries'
import { refundableMicros } from './ways'
import billing from '../billing.module.css'
import classes from './payments.module.css'

export function PaymentDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const { t } = useTranslation('payments')
  const listed = usePayments().data?.pages.flatMap((page) => page.items).find((payment) => payment.id === id)
  // A link may lead to one that is far down the list.
  const fetched = useQuery({ queryKey: ['payments', id], queryFn: async () => (await calls.payment(id ?? '')) as Payment, enabled: id !== undefined && !listed })
  const wallet = useWallet().data
  const payment = listed ?? fetched.data
  return (
    <Drawer opened={id !== undefined} onClose={onClose} position="right" size={440} title={t('one.title')} closeButtonProps={{ 'aria-label': t('close') }}>
      {payment ? <Detail payment={payment} wallet={wallet} /> : fetched.error ? <Alert color="red" role="alert">{sentence(fetched.error, t('unreachable'))}</Alert> : <Skeleton height={280} />}
    </Drawer>
  )
}

function Detail({ payment, wallet }: { payment: Payment; wallet: Wallet | undefined }) {
  const { t } = useTranslation('payments')
  const place = usePlace()
  const owner = useMe().agent.role === 'owner'
  const method = useMethodName()(payment)
  const left = refundableMicros(payment, wallet?.blocks ?? [])
  return (
    <div className={billing.detail}>
      <p className={billing.detailAmount}>{money(payment.amount_micros, payment.currency, place.locale)}</p>
      <div>
        <Badge variant="light" tt="none" className={classes.badge} data-tone={tones[payment.state]}>{t(`state.${payment.state}`)}</Badge>
      </div>
      {payment.state === 'failed' && <p className={billing.detailRule}>{failureText(payment)}</p>}
      <dl className={billing.detailFacts}>
        <Fact name={t('one.at')} value={factTime(payment.created_at, place)} />
        <Fact name={t('one.by')} value={t(payment.auto ? 'list.auto' : 'list.topUp')} />
        <Fact name={t('one.method')} value={method} />
        <Fact name={t('one.id')} value={<code>{payment.id}</code>} />
      </dl>
      <RefundLines payment={payment} />
      {payment.state === 'succeeded' && owner && wallet && (left > 0 ? <RefundForm key={left} payment={payment} leftMicros={left} /> : <p className={classes.help}>{t('refund.nothing')}</p>)}
    </div>
  )
}

function Fact({ name, value }: { name: string; value: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function RefundLines({ payment }: { payment: Payment }) {
  const { t } = useTranslation('payments')
  const place = usePlace()
  const refunds = useRefunds(payment.id)
  if (refunds.isError) return <Failed text={t('refund.failed')} onRetry={() => void refunds.refetch()} />
  if (!refunds.data || refunds.data.length === 0) return null
  return (
    <section aria-label={t('refund.title')}>
      <h3 className={classes.small}>{t('refund.title')}</h3>
      <ul className={classes.refunds}>
        {refunds.data.map((refund) => (
          <li key={refund.id}>
            <span>{factTime(refund.created_at, place)}</span>
            <span className={classes.help}>{t(refund.state === 'failed' ? 'refund.failed_state' : `refund.${refund.state}`)}</span>
            <strong>{money(refund.amount_micros, refund.currency, place.locale)}</strong>
          </li>
        ))}
      </ul>
    </section>
  )
}

function RefundForm({ payment, leftMicros }: { payment: Payment; leftMicros: number }) {
  const { t } = useTranslation('payments')
  const { locale } = usePlace()
  const refund = useRefund(payment.id)
  const [typed, setTyped] = useState<number | string>(Math.floor(leftMicros / 10_000) / 100)
  const [asked, setAsked] = useState(false)
  const [key, setKey] = useState(newId)
  const micros = amountMicros(typed)
  const good = micros !== null && micros > 0 && micros <= leftMicros
  const say = (amount: number) => money(amount, payment.currency, locale)
  const send = (event: SyntheticEvent) => {
    event.preventDefault()
    if (!good) return
    if (!asked) return setAsked(true)
    refund.mutate({ micros, key }, {
      onSuccess: (done) => notifications.show({ color: done.state === 'failed' ? 'red' : 'teal', message: t(`refund.told.${done.state}`, { amount: say(done.amount_micros) }) }),
    })
  }
  return (
    <form onSubmit={send} className={classes.refund} noValidate>
      <NumberInput
        label={t('refund.amount')}
        description={t('refund.upTo', { amount: say(leftMicros) })}
        value={typed}
        onChange={(value) => {
          setTyped(value)
          setAsked(false)
          setKey(newId())
          refund.reset()
        }}
        decimalScale={2}
        min={0}
        max={leftMicros / MICROS}
        hideControls
        allowNegative={false}
        error={micros !== null && !good ? t('refund.wrong', { amount: say(leftMicros) }) : undefined}
        rightSection={<Text size="sm" c="dimmed">{payment.currency}</Text>}
        rightSectionWidth={56}
      />
      {asked && good && <Alert className={classes.note} data-tone="yellow">{t('refund.sure', { amount: say(micros) })}</Alert>}
      {refund.error && <Alert color="red" role="alert">{sentence(refund.error, t('unreachable'))}</Alert>}
      <Group justify="flex-end">
        {asked && <Button variant="default" onClick={() => setAsked(false)}>{t('cancel')}</Button>}
        <Button type="submit" variant={asked ? 'filled' : 'default'} color={asked ? 'red' : undefined} disabled={!good} loading={refund.isPending}>
          {asked && good ? t('refund.send', { amount: say(micros) }) : t('refund.ask')}
        </Button>
      </Group>
    </form>
  )
}
