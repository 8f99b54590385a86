// What is used of the plan this month: each meter with what is included, where it stands and where it leads.
import { Skeleton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Commitment, Usage, UsageMeter } from '../../api/planTypes'
import { money } from '../../ui/format'
import { StatusBadge, type Tone } from '../../ui/StatusBadge'
import { usePlace } from '../../ui/usePlace'
import { Failed } from '../billing/Failed'
import { dayBefore, dayText, monthText } from './days'
import { commitmentBar, meterBar, paceMicros, toCents, willPass, type Bar } from './money'
import { useUsage } from './queries'
import classes from './plans.module.css'

const tones: Record<UsageMeter['state'], Tone> = { within: 'good', warned: 'warn', over: 'warn', capped: 'bad' }

export function Use() {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const { data, isError, refetch } = useUsage()
  if (!data && isError) return <Failed text={t('use.failed')} onRetry={() => void refetch()} />
  return (
    <section className={classes.section} aria-label={t('use.title', { month: data ? monthText(data.month, locale) : '' })}>
      <div>
        <h2>{t('use.title', { month: data ? monthText(data.month, locale) : '' })}</h2>
        <p className={classes.dim}>{t('use.text')}</p>
      </div>
      {data ? (
        <ul className={classes.meters}>
          {data.meters.map((meter) => (
            <Meter key={meter.meter} meter={meter} usage={data} />
          ))}
          {data.commitment && <Promised commitment={data.commitment} currency={data.currency} />}
        </ul>
      ) : (
        <Skeleton height={260} />
      )}
    </section>
  )
}

function Meter({ meter, usage }: { meter: UsageMeter; usage: Usage }) {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const count = (n: number) => new Intl.NumberFormat(locale).format(n)
  const say = (micros: number) => money(micros, usage.currency, locale)
  const name = t(`use.${meter.meter}`)
  const { tone, word } = standing(meter)
  const counted = meter.meter !== 'agent'
  const spoken =
    meter.included === null
      ? t('use.barPlain', { name, used: count(meter.used), pace: count(meter.pace) })
      : t('use.bar', { name, used: count(meter.used), included: count(meter.included), pace: count(meter.pace) })
  return (
    <li className={classes.meter} data-testid={`meter-${meter.meter}`} data-state={meter.state}>
      <div className={classes.meterHead}>
        <h3>{name}</h3>
        <StatusBadge tone={tone} size="sm">
          {t(word)}
        </StatusBadge>
      </div>
      <p className={classes.meterUsed}>
        <strong>{count(meter.used)}</strong> <span className={classes.dim}>{against(meter)}</span>
      </p>
      <MeterBar bar={meterBar(meter)} tone={tone} label={spoken} />
      <p className={classes.meterFoot}>
        {counted && <span data-strong={willPass(meter) || undefined}>{willPass(meter) ? t('use.paceBeyond', { pace: count(meter.pace), amount: say(toCents(paceMicros(meter))) }) : t('use.pace', { pace: count(meter.pace) })}</span>}
        <span>{price(meter)}</span>
        {meter.charged_micros !== 0 && <span>{t('use.chargedMicros', { amount: say(toCents(meter.charged_micros)) })}</span>}
        {meter.state === 'capped' && meter.limit !== null && <span className={classes.bad}>{t('use.capped', { limit: count(meter.limit) })}</span>}
      </p>
    </li>
  )

  function against(one: UsageMeter): string {
    if (one.included === null) return one.limit === null ? '' : t('use.ofLimit', { limit: count(one.limit) })
    return one.included === 0 ? t('use.none') : t('use.of', { included: count(one.included) })
  }
  function price(one: UsageMeter): string {
    const amount = say(one.overage_micros)
    if (one.overage_micros === 0) return ''
    if (one.meter === 'flow_day') return t('use.priceFlow', { amount })
    if (one.meter === 'agent') return t('use.priceAgent', { amount })
    if (one.unit_quantity > 1) return t('use.pricePer', { amount, quantity: count(one.unit_quantity) })
    return one.included === 0 ? t('use.pricePlain', { amount }) : t('use.price', { amount })
  }
}

/** What has nothing included and is simply charged is not over anything. */
function standing(meter: UsageMeter) {
  if (meter.state === 'over' && meter.included === 0) return { tone: 'plain', word: 'use.charged' } as const
  if (meter.state === 'within' && willPass(meter)) return { tone: 'warn', word: 'use.ahead' } as const
  return { tone: tones[meter.state], word: `use.state.${meter.state}` } as const
}

function Promised({ commitment, currency }: { commitment: Commitment; currency: string }) {
  const { t } = useTranslation('plans')
  const { locale } = usePlace()
  const count = (n: number) => new Intl.NumberFormat(locale).format(n)
  const say = (micros: number) => money(micros, currency, locale)
  const short = commitment.shortfall_micros > 0
  const name = t('use.commitment')
  return (
    <li className={classes.meter} data-wide data-testid="meter-commitment">
      <div className={classes.meterHead}>
        <h3>{name}</h3>
        <StatusBadge tone={short ? 'warn' : 'good'} size="sm">
          {t('use.pace', { pace: count(commitment.pace) })}
        </StatusBadge>
      </div>
      <p className={classes.meterUsed}>
        <strong>{count(commitment.used)}</strong>{' '}
        <span className={classes.dim}>{t('use.committedOf', { committed: count(commitment.committed), day: dayText(dayBefore(commitment.ends_on), locale) })}</span>
      </p>
      <MeterBar bar={commitmentBar(commitment)} tone={short ? 'warn' : 'good'} label={t('use.bar', { name, used: count(commitment.used), included: count(commitment.committed), pace: count(commitment.pace) })} />
      <p className={classes.meterFoot}>
        <span>{t('use.committedMonth', { used: count(commitment.month_used), pace: count(commitment.month_pace), monthly: count(commitment.monthly_quantity) })}</span>
        <span>{t('use.committedPrice', { amount: say(commitment.unit_micros), overage: say(commitment.overage_micros) })}</span>
        <span>{short ? t('use.shortfall', { amount: say(commitment.shortfall_micros) }) : t('use.onTrack')}</span>
      </p>
    </li>
  )
}

function MeterBar({ bar, tone, label }: { bar: Bar; tone: Tone; label: string }) {
  return (
    <div className={classes.bar} role="img" aria-label={label} data-tone={tone}>
      <span className={classes.barPace} style={{ width: `${bar.pacePercent}%` }} />
      <span className={classes.barUsed} style={{ width: `${bar.usedPercent}%` }} />
      {bar.includedPercent !== null && bar.includedPercent < 99.5 && bar.includedPercent > 0 && <span className={classes.barMark} style={{ insetInlineStart: `${bar.includedPercent}%` }} />}
    </div>
  )
}
