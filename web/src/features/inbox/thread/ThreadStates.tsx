// A thread before it is there, and one that could not be loaded.
import { Button, Skeleton, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { sentence } from '../../../ui/sentence'
import classes from './Thread.module.css'

const shapes = [
  [260, 'in'],
  [180, 'in'],
  [300, 'out'],
  [220, 'in'],
  [340, 'out'],
  [160, 'out'],
] as const

export function ThreadSkeleton() {
  const { t } = useTranslation('inbox')
  return (
    <div role="status" aria-label={t('thread.loading')} className={classes.skeleton}>
      {shapes.map(([width, direction], index) => (
        <Skeleton key={index} width={width} height={44} radius={12} ml={direction === 'out' ? 'auto' : 0} />
      ))}
    </div>
  )
}

export function ThreadTrouble({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const { t } = useTranslation('inbox')
  return (
    <Stack align="center" justify="center" flex={1} gap="xs" role="alert">
      <Text fw={600}>{t('thread.trouble')}</Text>
      <Text c="dimmed" size="sm">
        {sentence(error, t('failure.unreachable'))}
      </Text>
      <Button variant="default" onClick={onRetry}>
        {t('thread.retry')}
      </Button>
    </Stack>
  )
}
