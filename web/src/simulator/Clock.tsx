// The simulated clock: shows its time, says how far ahead it is, and can only be pushed forward.
import { Button, Group, NumberInput, Popover, SegmentedControl, Stack, Text, VisuallyHidden } from '@mantine/core'
import { IconChevronDown, IconClock } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { control } from './control/client'
import { useSimulator } from './state/useSimulator'
import { useAct } from './useAct'
import { useNow } from './useNow'
import { clockTime, fullTime, splitAhead } from './when'
import classes from './simulator.module.css'

const HOUR_S = 3_600
const UNITS = { minutes: 60, hours: HOUR_S, days: 24 * HOUR_S }
type Unit = keyof typeof UNITS
const PUSH_MAX = 10_000

export function Clock() {
  const { t, i18n } = useTranslation('simulator')
  const { clockAheadS } = useSimulator().page
  const now = useNow()
  const [opened, setOpened] = useState(false)
  const day = new Intl.DateTimeFormat(i18n.language, { weekday: 'short', day: 'numeric', month: 'short' }).format(new Date(now))
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom" shadow="md" width={300} trapFocus>
      <Popover.Target>
        <Button variant="default" className={classes.clock} leftSection={<IconClock size={16} />} rightSection={<IconChevronDown size={14} />} title={fullTime(now, i18n.language)} onClick={() => setOpened(!opened)}>
          <VisuallyHidden>{t('clock.label')}</VisuallyHidden>
          <span className={classes.clockDay}>{day}</span> {clockTime(now, i18n.language, true)}
          {clockAheadS >= 60 && <span className={classes.ahead}>+{aheadShort(clockAheadS)}</span>}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <PushForward aheadS={clockAheadS} />
      </Popover.Dropdown>
    </Popover>
  )
}

function aheadShort(seconds: number): string {
  const { days, hours, minutes } = splitAhead(seconds)
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`
  return hours > 0 ? `${hours} h` : `${minutes} min`
}

function PushForward({ aheadS }: { aheadS: number }) {
  const { t } = useTranslation('simulator')
  const act = useAct()
  const [amount, setAmount] = useState<number | string>(30)
  const [unit, setUnit] = useState<Unit>('minutes')
  const [busy, setBusy] = useState(false)
  const push = async (seconds: number) => {
    setBusy(true)
    await act(control.advanceClock(seconds))
    setBusy(false)
  }
  return (
    <Stack gap="sm">
      <Text size="sm">{aheadS >= 60 ? t('clock.ahead', { ahead: aheadShort(aheadS) }) : t('clock.real')}</Text>
      <Group grow gap="xs">
        <Button loading={busy} variant="light" onClick={() => void push(HOUR_S)}>{t('clock.push_1h')}</Button>
        <Button loading={busy} variant="light" onClick={() => void push(24 * HOUR_S)}>{t('clock.push_24h')}</Button>
      </Group>
      <Group gap="xs" wrap="nowrap" align="flex-end">
        <NumberInput label={t('clock.custom')} value={amount} onChange={setAmount} min={1} max={PUSH_MAX} allowDecimal={false} w={96} />
        <SegmentedControl size="xs" value={unit} onChange={(value) => setUnit(value)} data={(Object.keys(UNITS) as Unit[]).map((value) => ({ value, label: t(`clock.${value}`) }))} />
      </Group>
      <Button loading={busy} disabled={!(Number(amount) > 0)} variant="default" onClick={() => void push(Number(amount) * UNITS[unit])}>{t('clock.push')}</Button>
      <Text size="xs" c="dimmed">{t('clock.help')}</Text>
    </Stack>
  )
}
