// A connected number: how it does, and the next step while nobody has written to it.
import { Alert, Button, Group, Text } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useChats, useMe, useWallet } from '../../api/queries'
import type { PhoneNumber } from '../../api/types'
import { factTime } from '../../ui/format'
import { AnchorLink, ButtonLink } from '../../ui/links'
import { usePlace } from '../../ui/usePlace'
import { Facts } from './Facts'

export function Connected({ number }: { number: PhoneNumber }) {
  const { t } = useTranslation('numbers')
  const me = useMe()
  const place = usePlace()
  const { data } = useChats({ filter: 'all' })
  const empty = (useWallet().data?.available_micros ?? 1) <= 0
  const quiet = data?.pages[0]?.items.length === 0
  return (
    <>
      <Alert color="teal" icon={<IconCircleCheck size={22} />} title={t('connected.title')} role="status">
        <Text size="sm">{quiet ? t('connected.quiet', { phone: number.phone_formatted }) : t('connected.text')}</Text>
        {empty && (
          <Text size="sm" mt={4}>
            {t('connected.noCredit')} <AnchorLink to="/billing" search={{ top_up: true }}>{t('connected.topUp')}</AnchorLink>
          </Text>
        )}
        <Group mt="sm" gap="xs">
          <ButtonLink to="/chats">{t('connected.chats')}</ButtonLink>
          {me.simulator_url && (
            <Button component="a" href={me.simulator_url} target="_blank" rel="noreferrer" variant="default">
              {t('connected.simulator')}
            </Button>
          )}
        </Group>
      </Alert>
      <Facts
        rows={[
          [t('facts.phone'), number.phone_formatted],
          [t('facts.name'), number.display_name],
          [t('facts.quality'), t(`quality.${(number.quality ?? 'unknown').toLowerCase()}`, { defaultValue: number.quality ?? '' })],
          [t('facts.throughput'), t('facts.perSecond', { count: number.throughput_per_second })],
          [t('facts.since'), number.connected_at ? factTime(number.connected_at, place) : '–'],
        ]}
      />
    </>
  )
}
