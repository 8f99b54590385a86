// A sandbox account's clock: pushed forward, to see windows close and conversations end without waiting.
import { Button, Group, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/calls'
import { useNow, serverSaysNow } from '../../ui/clock'
import { exactTime } from '../../ui/format'
import { sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { Section } from './Section'

const HOUR_S = 3600
const steps = [
  ['hour', HOUR_S],
  ['day', 24 * HOUR_S],
] as const

export function SandboxSection() {
  const { t } = useTranslation('settings')
  const place = usePlace()
  const now = useNow(1000)
  const advance = useMutation({ mutationFn: calls.advanceClock, onSuccess: (clock) => serverSaysNow(clock.now) })
  return (
    <Section title={t('sandbox.title')} text={t('sandbox.text')}>
      <Text style={{ fontVariantNumeric: 'tabular-nums' }}>{exactTime(now, place)}</Text>
      <Group gap="xs">
        {steps.map(([name, seconds]) => (
          <Button key={name} variant="default" loading={advance.isPending && advance.variables === seconds} onClick={() => advance.mutate(seconds)}>
            {t(`sandbox.${name}`)}
          </Button>
        ))}
      </Group>
      {advance.error && (
        <Text size="sm" c="var(--hb-bad)" role="alert">
          {sentence(advance.error, t('unreachable'))}
        </Text>
      )}
    </Section>
  )
}
