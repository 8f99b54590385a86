// A sandbox account's clock: pushed forward, to see windows close, conversations end and periods pass without waiting.
import { Button, Group, Progress, Text, Tooltip } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { accountNow, useNow } from '../../ui/clock'
import { exactTime } from '../../ui/format'
import { sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { dayText, startOfDay } from '../plans/days'
import { useSubscription } from '../plans/queries'
import { Section } from './Section'
import { useClockMove } from './useClockMove'

const HOUR_S = 3600
const DAY_S = 24 * HOUR_S
/** Past midnight, so that the next period has surely begun. */
const AFTER_MIDNIGHT_S = 60

export function SandboxSection() {
  const { t } = useTranslation(['settings', 'plans'])
  const place = usePlace()
  const now = useNow(1000)
  const { move, forward, busy } = useClockMove(place.timeZone)
  const endsOn = useSubscription().data?.period?.ends_on
  const steps = [
    { name: 'hour', label: t('sandbox.hour'), seconds: () => HOUR_S },
    { name: 'day', label: t('sandbox.day'), seconds: () => DAY_S },
    { name: 'month', label: t('plans:clock.month'), seconds: () => 30 * DAY_S },
  ]
  const toPeriodEnd = () => endsOn && forward('period', Math.ceil((startOfDay(endsOn, place.timeZone) - accountNow()) / 1000) + AFTER_MIDNIGHT_S)
  return (
    <Section title={t('sandbox.title')} text={t('sandbox.text')}>
      <Text style={{ fontVariantNumeric: 'tabular-nums' }} data-testid="account-time">
        {exactTime(now, place)}
      </Text>
      <Group gap="xs">
        {steps.map(({ name, label, seconds }) => (
          <Button key={name} variant="default" disabled={busy !== null && busy !== name} loading={busy === name} onClick={() => forward(name, seconds())}>
            {label}
          </Button>
        ))}
        {endsOn && (
          <Tooltip label={t('plans:clock.periodHelp', { day: dayText(endsOn, place.locale) })}>
            <Button variant="default" disabled={busy !== null && busy !== 'period'} loading={busy === 'period'} onClick={toPeriodEnd}>
              {t('plans:clock.period')}
            </Button>
          </Tooltip>
        )}
      </Group>
      <div role="status" aria-live="polite" data-testid="clock-status" data-phase={move.phase}>
        {move.phase !== 'still' && move.phase !== 'failed' && <Told key={move.phase} phase={move.phase} />}
      </div>
      {move.phase === 'failed' && (
        <Text size="sm" c="var(--hb-bad)" role="alert">
          {sentence(move.error, t('unreachable'))}
        </Text>
      )}
    </Section>
  )
}

function Told({ phase }: { phase: 'moving' | 'working' | 'done' | 'slow' }) {
  const { t } = useTranslation('plans')
  const place = usePlace()
  const [at] = useState(accountNow)
  const now = exactTime(at, place)
  const words = { moving: t('clock.moving'), working: t('clock.settling'), done: t('clock.done', { now }), slow: t('clock.slow', { now }) }
  return (
    <>
      {(phase === 'moving' || phase === 'working') && <Progress value={phase === 'moving' ? 40 : 100} animated striped size={6} mb={6} aria-label={words[phase]} />}
      <Text size="sm" c="dimmed">
        {words[phase]}
      </Text>
    </>
  )
}
