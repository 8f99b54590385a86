// Webhooks that could not be applied: nothing is dropped, each can be tried again.
import { Button, Skeleton, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import * as calls from '../../api/calls'
import { keys } from '../../api/keys'
import { useQuarantine } from '../../api/queries'
import type { QuarantinedWebhook } from '../../api/types'
import { exactTime } from '../../ui/format'
import { sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { Section } from './Section'
import classes from './Settings.module.css'

export function QuarantineSection() {
  const { t } = useTranslation('settings')
  const query = useQuarantine()
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Section title={t('quarantine.title')} text={t('quarantine.text')}>
      {query.isPending && <Skeleton height={64} radius="md" />}
      {query.error && (
        <Text c="var(--hb-bad)" role="alert">
          {sentence(query.error, t('unreachable'))}
        </Text>
      )}
      {query.data && items.length === 0 && <Text c="dimmed">{t('quarantine.empty')}</Text>}
      {items.length > 0 && (
        <ul className={classes.list} aria-label={t('quarantine.title')}>
          {items.map((item) => (
            <Row key={item.id} item={item} />
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <Button variant="subtle" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t('quarantine.more')}
        </Button>
      )}
    </Section>
  )
}

function Row({ item }: { item: QuarantinedWebhook }) {
  const { t } = useTranslation('settings')
  const place = usePlace()
  const client = useQueryClient()
  const replay = useMutation({
    mutationFn: () => calls.replay(item.id),
    onSuccess: async () => {
      notifications.show({ color: 'teal', message: t('quarantine.replayed') })
      await client.invalidateQueries({ queryKey: keys.quarantine })
    },
    onError: (error) => notifications.show({ color: 'red', message: sentence(error, t('unreachable')) }),
  })
  return (
    <li className={classes.item}>
      <div className={classes.itemText}>
        <span>{item.summary}</span>
        <code>{item.error}</code>
        <small>
          {exactTime(item.received_at, place)} · {t('quarantine.attempts', { count: item.attempts })}
        </small>
      </div>
      <Button size="compact-md" variant="default" loading={replay.isPending} onClick={() => replay.mutate()}>
        {t('quarantine.replay')}
      </Button>
    </li>
  )
}
