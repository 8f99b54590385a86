// Automatic top-up: what it would do, how it stands, and the form that sets it.
import { Alert, Badge, Button, NumberInput, Radio, Select, Skeleton, Switch, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../../../api/queries'
import type { AutoTopUp, Card } from '../../../api/types'
import { useNow } from '../../../ui/clock'
import { factTime, money } from '../../../ui/format'
import { sentence } from '../../../ui/sentence'
import { usePlace } from '../../../ui/usePlace'
import { Failed } from '../Failed'
import { errorsOf, formOf, standingOf, wishOf, type Form, type Standing } from './autoTopUp'
import { useCardName } from './CardName'
import { useAutoTopUp, useCards, useSetAutoTopUp } from './queries'
import { reasonText } from './reason'
import classes from './payments.module.css'

const colours: Record<Standing, string> = { unset: 'gray', on: 'teal', waiting: 'yellow', capped: 'yellow', off: 'gray', stopped: 'red', frozen: 'red' }

export function AutoTopUpSection({ currency }: { currency: string | undefined }) {
  const { t } = useTranslation('payments')
  const rule = useAutoTopUp()
  const cards = useCards()
  const now = useNow(30_000)
  const standing = rule.data ? standingOf(rule.data.auto_top_up, now) : null
  return (
    <section className={classes.section} aria-label={t('auto.title')}>
      <div className={classes.head}>
        <h2>{t('auto.title')}</h2>
        {standing && (
          <Badge variant="light" color={colours[standing]} tt="none" className={classes.badge} data-tone={colours[standing]} data-testid="auto-top-up" data-standing={standing}>
            {t(`auto.standing.${standing}`)}
          </Badge>
        )}
      </div>
      {rule.isError || cards.isError ? (
        <Failed text={t('auto.failed')} onRetry={() => void Promise.all([rule.refetch(), cards.refetch()])} />
      ) : rule.data && cards.data && currency ? (
        <Loaded key={rule.data.auto_top_up?.version ?? 0} rule={rule.data.auto_top_up} cards={cards.data} currency={currency} standing={standing ?? 'unset'} />
      ) : (
        <Skeleton height={210} />
      )}
    </section>
  )
}

interface Shown {
  rule: AutoTopUp | null
  cards: Card[]
  currency: string
  standing: Standing
}

function Loaded(shown: Shown) {
  const { t } = useTranslation('payments')
  return (
    <>
      <p className={classes.help}>{t('auto.help')}</p>
      <StandingNote {...shown} />
      {shown.cards.length === 0 ? <p className={classes.none}>{t('auto.noCard')}</p> : <AutoForm {...shown} />}
    </>
  )
}

function StandingNote({ rule, standing, currency }: Shown) {
  const { t } = useTranslation('payments')
  const place = usePlace()
  if (!rule || standing === 'unset' || standing === 'off') return null
  const say = (micros: number) => money(micros, currency, place.locale)
  const bought = rule.monthly_cap_micros === null ? t('auto.bought', { amount: say(rule.bought_this_month_micros) }) : t('auto.boughtOf', { amount: say(rule.bought_this_month_micros), cap: say(rule.monthly_cap_micros) })
  if (standing === 'on') return <p className={classes.bought}>{bought}</p>
  const until = rule.quiet_until ? factTime(rule.quiet_until, place) : ''
  const text = standing === 'waiting' ? t('auto.waiting', { until, count: rule.failures }) : standing === 'capped' ? t('auto.capped', { bought }) : t(`auto.${standing}`, { reason: reasonText(rule.state_reason) })
  return (
    <Alert className={classes.note} data-tone={colours[standing]} role="status">
      {text}
    </Alert>
  )
}

function AutoForm({ rule, cards, currency, standing }: Shown) {
  const { t } = useTranslation('payments')
  const { locale } = usePlace()
  const owner = useMe().agent.role === 'owner'
  const cardName = useCardName()
  const save = useSetAutoTopUp()
  const [form, setForm] = useState<Form>(() => formOf(rule, cards))
  const [checked, setChecked] = useState(false)
  const errors = errorsOf(form)
  const change = (part: Partial<Form>) => {
    save.reset()
    setForm({ ...form, ...part })
  }
  const error = (field: keyof typeof errors) => {
    const wrong = checked ? errors[field] : undefined
    return wrong && t(`error.${wrong}`, { smallest: money(1_000_000, currency, locale), largest: money(100_000_000_000, currency, locale) })
  }
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    setChecked(true)
    const wish = wishOf(form)
    if (!wish) return
    save.mutate(wish, { onSuccess: () => notifications.show({ color: 'teal', message: t(wish.enabled ? 'auto.saved' : 'auto.savedOff') }) })
  }
  const unit = <Text size="sm" c="dimmed">{currency}</Text>
  const amounts = { decimalScale: 2, min: 0, hideControls: true, allowNegative: false, rightSection: unit, rightSectionWidth: 56 }
  return (
    <form onSubmit={submit} noValidate>
      <fieldset className={classes.fields} disabled={!owner || standing === 'frozen'}>
        <legend className={classes.hidden}>{t('auto.title')}</legend>
        <Switch label={t('auto.enabled')} checked={form.enabled} onChange={(event) => change({ enabled: event.currentTarget.checked })} className={classes.whole} />
        <NumberInput label={t('auto.threshold')} description={t('auto.thresholdHelp')} value={form.threshold} onChange={(threshold) => change({ threshold })} error={error('threshold')} {...amounts} />
        <Select
          label={t('auto.card')}
          description={t('auto.cardHelp')}
          data={cards.map((card) => ({ value: card.id, label: cardName(card) }))}
          value={form.cardId}
          onChange={(cardId) => change({ cardId })}
          allowDeselect={false}
          error={error('card')}
        />
        <Radio.Group label={t('auto.mode')} value={form.mode} onChange={(mode) => change({ mode: mode === 'target' ? 'target' : 'fixed' })} className={classes.whole}>
          <div className={classes.modes}>
            <Radio value="fixed" label={t('auto.fixed')} description={t('auto.fixedHelp')} />
            <Radio value="target" label={t('auto.target')} description={t('auto.targetHelp')} />
          </div>
        </Radio.Group>
        <NumberInput label={form.mode === 'fixed' ? t('auto.amount') : t('auto.level')} value={form.amount} onChange={(amount) => change({ amount })} error={error('amount')} {...amounts} />
        <NumberInput label={t('auto.cap')} placeholder={t('auto.noCap')} value={form.cap} onChange={(cap) => change({ cap })} error={error('cap')} {...amounts} />
      </fieldset>
      {save.error && <Alert color="red" role="alert" mt="sm">{sentence(save.error, t('unreachable'))}</Alert>}
      <div className={classes.foot}>
        {!owner && <span className={classes.help}>{t('ownerOnly')}</span>}
        <Button type="submit" variant="light" loading={save.isPending} disabled={!owner || standing === 'frozen'}>{t('save')}</Button>
      </div>
    </form>
  )
}
