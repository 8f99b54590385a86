// Leaving: here, or on every device at once.
import { Button, Group, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { signOut, signOutEverywhere } from '../../app/session'
import { sentence } from '../../ui/sentence'
import { Section } from './Section'

export function SessionsSection() {
  const { t } = useTranslation('settings')
  const here = useMutation({ mutationFn: signOut })
  const everywhere = useMutation({ mutationFn: signOutEverywhere })
  const error = here.error ?? everywhere.error
  return (
    <Section title={t('sessions.title')} text={t('sessions.text')}>
      <Group gap="xs">
        <Button variant="default" loading={here.isPending} onClick={() => here.mutate()}>
          {t('sessions.here')}
        </Button>
        <Button variant="default" loading={everywhere.isPending} onClick={() => everywhere.mutate()}>
          {t('sessions.everywhere')}
        </Button>
      </Group>
      {error && (
        <Text size="sm" c="var(--hb-bad)" role="alert">
          {sentence(error, t('unreachable'))}
        </Text>
      )}
    </Section>
  )
}
