// Credit is added in one dialog. The same key goes with every attempt at one amount, so trying again never pays twice.
import { Alert, Button, Group, Modal, NumberInput, Skeleton, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/calls'
import type { Payment, Wallet } from '../../api/types'
import { money } from '../../ui/format'
import { sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { useNow } from '../../ui/clock'
import { newId } from '../../ui/uuid'
import { failureText } from './payments/failure'
import { PayWith } from './payments/PayWith'
import { useCards, useMethods } from './payments/queries'
import { openStripe } from './payments/stripe'
import { StripeForm } from './payments/StripeForm'
import { firstWay, outcomeOf, waysToPay, type Way } from './payments/ways'
import { useTopUp } from './queries'
import { Failed } from './Failed'
import { amountError, amountMicros, presetsMicros, TOP_UP_LARGEST_MICROS, TOP_UP_SMALLEST_MICROS } from './topUp'
import classes from './billing.module.css'

interface Props {
  wallet: Wallet
  opened: boolean
  onClose: () => void
}

export function TopUp({ wallet, opened, onClose }: Props) {
  const { t } = useTranslation('billing')
  return (
    <Modal opened={opened} onClose={onClose} title={t('topUp.title')} closeButtonProps={{ 'aria-label': t('topUp.close') }}>
      <Ways wallet={wallet} onClose={onClose} />
    </Modal>
  )
}

function Ways({ wallet, onClose }: Omit<Props, 'opened'>) {
  const { t } = useTranslation(['billing', 'payments'])
  const methods = useMethods()
  const cards = useCards()
  if (methods.isError || cards.isError) {
    const retry = () => void Promise.all([methods.refetch(), cards.refetch()])
    return <Failed text={t('payments:ways.failed')} onRetry={retry} />
  }
  if (!methods.data || !cards.data) return <Skeleton height={260} />
  const ways = waysToPay(methods.data, cards.data)
  return ways.length > 0 ? <TopUpForm wallet={wallet} ways={ways} onClose={onClose} /> : <Text size="sm">{t('topUp.noMethod')}</Text>
}

interface Secret {
  payment: Payment
  clientSecret: string
  publishableKey: string
}

function TopUpForm({ wallet, ways, onClose }: { wallet: Wallet; ways: Way[]; onClose: () => void }) {
  const { t } = useTranslation(['billing', 'payments'])
  const { locale } = usePlace()
  const now = useNow(60_000)
  const topUp = useTopUp()
  const [typed, setTyped] = useState<number | string>(100)
  const [wayId, setWayId] = useState<string>()
  const [save, setSave] = useState(true)
  const [key, setKey] = useState(newId)
  const [checked, setChecked] = useState(false)
  const [declined, setDeclined] = useState<string | null>(null)
  const [secret, setSecret] = useState<Secret | null>(null)
  const micros = amountMicros(typed)
  const wrong = amountError(micros)
  const way = ways.find((each) => each.id === wayId) ?? firstWay(ways, now)
  const say = (amount: number) => money(amount, wallet.currency, locale)

  /** Another wish is another payment; one that was declined may be tried again as a new one. */
  const afresh = () => {
    setKey(newId())
    setDeclined(null)
    topUp.reset()
  }
  const choose = (amount: number | string) => {
    if (amountMicros(amount) === micros) return
    setTyped(amount)
    afresh()
  }
  const settle = (payment: Payment, available?: number) => {
    const outcome = outcomeOf(payment, null, false)
    if (outcome === 'failed') {
      afresh()
      setDeclined(failureText(payment))
      return
    }
    const message =
      outcome === 'done' && available !== undefined
        ? t('topUp.done', { amount: say(payment.amount_micros), balance: say(available) })
        : t(outcome === 'done' ? 'payments:ways.paid' : 'payments:ways.waiting', { amount: say(payment.amount_micros) })
    notifications.show({ color: outcome === 'done' ? 'teal' : 'blue', message })
    onClose()
  }
  const look = async (payment: Payment) => {
    const seen = await calls.lookAtPayment(payment.id).catch(() => null)
    setSecret(null)
    settle((seen?.payment as Payment | undefined) ?? payment)
  }
  const pay = (event: SyntheticEvent) => {
    event.preventDefault()
    setChecked(true)
    if (micros === null || wrong || !way) return
    setDeclined(null)
    const wish = { amount_micros: micros, method: way.method, card_id: way.kind === 'card' ? way.card.id : null, save_card: way.kind === 'new' && save }
    topUp.mutate(
      { wish, key },
      {
        onSuccess: ({ payment: raw, wallet: after, client_secret }) => {
          const payment = raw as Payment
          const next = outcomeOf(payment, client_secret, way.kind === 'card')
          const publishableKey = ways.find((each) => each.kind === 'new')?.publishableKey ?? ''
          if (next === 'form' && client_secret) setSecret({ payment, clientSecret: client_secret, publishableKey })
          else if (next === 'action' && client_secret) {
            void openStripe(publishableKey)
              .then((stripe) => stripe.handleNextAction({ clientSecret: client_secret }))
              .catch(() => undefined)
              .then(() => look(payment))
          } else settle(payment, after.available_micros)
        },
      },
    )
  }

  if (secret) {
    const action = t('topUp.pay', { amount: say(secret.payment.amount_micros) })
    return <StripeForm purpose="pay" action={action} publishableKey={secret.publishableKey} clientSecret={secret.clientSecret} onDone={() => void look(secret.payment)} onCancel={onClose} />
  }
  return (
    <form onSubmit={pay} noValidate>
      <Stack>
        <div className={classes.presets} role="group" aria-label={t('topUp.presets')}>
          {presetsMicros.map((amount) => (
            <Button key={amount} variant={amount === micros ? 'outline' : 'default'} data-autofocus={amount === micros || undefined} aria-pressed={amount === micros} onClick={() => choose(amount / 1_000_000)}>
              {new Intl.NumberFormat(locale, { style: 'currency', currency: wallet.currency, currencyDisplay: 'narrowSymbol', maximumFractionDigits: 0 }).format(amount / 1_000_000)}
            </Button>
          ))}
        </div>
        <NumberInput
          label={t('topUp.amount')}
          value={typed}
          onChange={choose}
          onBlur={() => setChecked(true)}
          min={0}
          decimalScale={2}
          hideControls
          allowNegative={false}
          rightSection={<Text size="sm" c="dimmed">{wallet.currency}</Text>}
          rightSectionWidth={56}
          error={checked && wrong ? t(`topUp.${wrong}`, { smallest: say(TOP_UP_SMALLEST_MICROS), largest: say(TOP_UP_LARGEST_MICROS) }) : undefined}
        />
        <PayWith
          ways={ways}
          chosen={way?.id ?? null}
          onChoose={(id) => {
            setWayId(id)
            afresh()
          }}
          save={save}
          onSave={setSave}
        />
        {(topUp.error ?? declined) && (
          <Alert color="red" role="alert">
            {topUp.error ? sentence(topUp.error, t('topUp.unreachable')) : t('payments:ways.declined', { reason: declined })}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" loading={topUp.isPending} disabled={!way}>
            {micros !== null && !wrong ? t('topUp.pay', { amount: say(micros) }) : t('topUp.action')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
