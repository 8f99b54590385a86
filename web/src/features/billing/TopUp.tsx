// Credit is added in one dialog. The same key goes with every attempt at one amount, so trying again never pays twice.
import { Alert, Button, Group, Modal, NumberInput, Radio, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconFlask } from '@tabler/icons-react'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../../api/queries'
import type { Wallet } from '../../api/types'
import { money } from '../../ui/format'
import { sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { newId } from '../../ui/uuid'
import { useTopUp } from './queries'
import { amountError, amountMicros, presetsMicros, TOP_UP_LARGEST_MICROS, TOP_UP_SMALLEST_MICROS } from './topUp'
import classes from './billing.module.css'

interface Props {
  wallet: Wallet
  opened: boolean
  onClose: () => void
}

export function TopUp({ wallet, opened, onClose }: Props) {
  const { t } = useTranslation('billing')
  const me = useMe()
  return (
    <Modal opened={opened} onClose={onClose} title={t('topUp.title')} closeButtonProps={{ 'aria-label': t('topUp.close') }}>
      {me.features.test_payments ? <TopUpForm wallet={wallet} onClose={onClose} /> : <Text size="sm">{t('topUp.noMethod')}</Text>}
    </Modal>
  )
}

function TopUpForm({ wallet, onClose }: Omit<Props, 'opened'>) {
  const { t } = useTranslation('billing')
  const { locale } = usePlace()
  const topUp = useTopUp()
  const [typed, setTyped] = useState<number | string>(50)
  const [key, setKey] = useState(newId)
  const [checked, setChecked] = useState(false)
  const micros = amountMicros(typed)
  const wrong = amountError(micros)
  const say = (amount: number) => money(amount, wallet.currency, locale)

  const choose = (amount: number | string) => {
    if (amountMicros(amount) === micros) return
    setTyped(amount)
    setKey(newId())
    topUp.reset()
  }
  const pay = (event: SyntheticEvent) => {
    event.preventDefault()
    setChecked(true)
    if (micros === null || wrong) return
    topUp.mutate(
      { micros, key },
      {
        onSuccess: ({ payment, wallet: after }) => {
          notifications.show({ color: 'teal', message: t('topUp.done', { amount: say(payment.amount_micros), balance: say(after.available_micros) }) })
          onClose()
        },
      },
    )
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
        <Radio.Card checked p="sm" radius="md" className={classes.method} aria-label={t('topUp.test')}>
          <Group wrap="nowrap" align="flex-start">
            <IconFlask size={20} aria-hidden />
            <div>
              <Text size="sm" fw={500}>{t('topUp.test')}</Text>
              <Text size="xs" c="dimmed">{t('topUp.testHelp')}</Text>
            </div>
          </Group>
        </Radio.Card>
        {topUp.error && (
          <Alert color="red" role="alert">
            {sentence(topUp.error, t('topUp.unreachable'))}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" loading={topUp.isPending}>
            {micros !== null && !wrong ? t('topUp.pay', { amount: say(micros) }) : t('topUp.action')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
