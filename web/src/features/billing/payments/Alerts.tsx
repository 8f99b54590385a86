// What people were told of the balance, and at what they want to be told.
import { Alert, Button, Skeleton, Switch, TagsInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconAlertTriangle, IconBell } from '@tabler/icons-react'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../../../api/queries'
import type { Alert as Told, AlertSettings } from '../../../api/types'
import { useNow } from '../../../ui/clock'
import { listTime } from '../../../ui/format'
import { sentence } from '../../../ui/sentence'
import { usePlace } from '../../../ui/usePlace'
import { Endless } from '../Endless'
import { Failed } from '../Failed'
import { alertText, isGrave } from './alertText'
import { useAlerts, useAlertSettings, useSeeAlert, useSetAlertSettings } from './queries'
import { amountsOf, THRESHOLDS_MAX, typedOf } from './thresholds'
import classes from './payments.module.css'

export function Alerts({ currency }: { currency: string | undefined }) {
  const { t } = useTranslation('payments')
  const alerts = useAlerts()
  const settings = useAlertSettings()
  const items = alerts.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <section className={classes.section} aria-label={t('alerts.title')}>
      <h2>{t('alerts.title')}</h2>
      {settings.isError ? (
        <Failed text={t('alerts.settingsFailed')} onRetry={() => void settings.refetch()} />
      ) : settings.data && currency ? (
        <Settings key={JSON.stringify(settings.data)} settings={settings.data} currency={currency} />
      ) : (
        <Skeleton height={150} />
      )}
      {alerts.isError && items.length === 0 && <Failed text={t('alerts.failed')} onRetry={() => void alerts.refetch()} />}
      {alerts.isSuccess && items.length === 0 && <p className={classes.none}>{t('alerts.none')}</p>}
      {items.length > 0 && (
        <ul className={classes.alerts} aria-label={t('alerts.list')}>
          {items.map((alert) => (
            <Line key={alert.id} alert={alert} />
          ))}
        </ul>
      )}
      {items.length > 0 && alerts.hasNextPage && <Endless query={alerts} />}
    </section>
  )
}

function Line({ alert }: { alert: Told }) {
  const { t } = useTranslation('payments')
  const place = usePlace()
  const now = useNow(60_000)
  const see = useSeeAlert()
  const Icon = isGrave(alert) ? IconAlertTriangle : IconBell
  return (
    <li className={classes.alert} data-new={alert.seen_at === null || undefined} data-grave={isGrave(alert) || undefined}>
      <Icon size={18} aria-hidden />
      <span className={classes.alertText}>
        {alertText(alert, place)}
        <time dateTime={alert.at} className={classes.help}>{listTime(alert.at, now, place)}</time>
      </span>
      {alert.seen_at === null && (
        <Button size="compact-sm" variant="subtle" loading={see.isPending} onClick={() => see.mutate(alert.id)}>
          {t('alerts.see')}
        </Button>
      )}
    </li>
  )
}

function Settings({ settings, currency }: { settings: AlertSettings; currency: string }) {
  const { t } = useTranslation('payments')
  const owner = useMe().agent.role === 'owner'
  const save = useSetAlertSettings()
  const [low, setLow] = useState(() => typedOf(settings.low_balance_micros))
  const [spend, setSpend] = useState(() => typedOf(settings.month_spend_micros))
  const [email, setEmail] = useState(settings.email)
  const [checked, setChecked] = useState(false)
  const lowMicros = amountsOf(low)
  const spendMicros = amountsOf(spend)
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    setChecked(true)
    if (!lowMicros || !spendMicros) return
    save.mutate({ low_balance_micros: lowMicros, month_spend_micros: spendMicros, email }, { onSuccess: () => notifications.show({ color: 'teal', message: t('alerts.saved') }) })
  }
  const tags = { splitChars: [',', ';', ' '], maxTags: THRESHOLDS_MAX, inputMode: 'decimal' as const, acceptValueOnBlur: true }
  return (
    <form onSubmit={submit} noValidate>
      <fieldset className={classes.fields} data-one disabled={!owner}>
        <legend className={classes.hidden}>{t('alerts.title')}</legend>
        <TagsInput label={t('alerts.low', { currency })} description={t('alerts.lowHelp')} placeholder={t('alerts.add')} value={low} onChange={setLow} disabled={!owner} error={checked && !lowMicros ? t('alerts.wrong') : undefined} {...tags} />
        <TagsInput label={t('alerts.spend', { currency })} description={t('alerts.spendHelp')} placeholder={t('alerts.add')} value={spend} onChange={setSpend} disabled={!owner} error={checked && !spendMicros ? t('alerts.wrong') : undefined} {...tags} />
        <Switch label={t('alerts.email')} checked={email} onChange={(event) => setEmail(event.currentTarget.checked)} className={classes.whole} />
      </fieldset>
      {save.error && <Alert color="red" role="alert" mt="sm">{sentence(save.error, t('unreachable'))}</Alert>}
      <div className={classes.foot}>
        {!owner && <span className={classes.help}>{t('ownerOnly')}</span>}
        <Button type="submit" variant="light" loading={save.isPending} disabled={!owner}>{t('save')}</Button>
      </div>
    </form>
  )
}
