// The account's numbers: how each does, and which still needs a step.
import { Button, Skeleton, Stack } from '@mantine/core'
import { IconChevronRight, IconPlus } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useNumbers } from '../../api/queries'
import type { NumberStatus, PhoneNumber } from '../../api/types'
import { flag } from '../../ui/format'
import { ButtonLink } from '../../ui/links'
import { Empty, Page } from '../../ui/Page'
import { sentence } from '../../ui/sentence'
import { StatusBadge, type Tone } from '../../ui/StatusBadge'
import classes from './Numbers.module.css'

const tones: Record<NumberStatus, Tone> = { added: 'plain', code_sent: 'warn', verified: 'warn', connected: 'good', failed: 'bad' }

export function NumbersPage() {
  const { t } = useTranslation('numbers')
  const { data: numbers, error, refetch } = useNumbers()
  const bring = (
    <ButtonLink to="/numbers/new" leftSection={<IconPlus size={18} />}>
      {t('bring')}
    </ButtonLink>
  )
  return (
    <Page title={t('title')} text={t('text')} narrow actions={numbers && numbers.length > 0 ? bring : undefined}>
      {error && !numbers && <Empty title={t('trouble')} text={sentence(error, t('unreachable'))} action={<Button onClick={() => void refetch()}>{t('retry')}</Button>} />}
      {!numbers && !error && (
        <Stack gap="xs">
          <Skeleton height={76} radius="md" />
          <Skeleton height={76} radius="md" />
        </Stack>
      )}
      {numbers?.length === 0 && <Empty title={t('empty.title')} text={t('empty.text')} action={bring} />}
      {numbers && numbers.length > 0 && (
        <ul className={classes.list} aria-label={t('title')}>
          {numbers.map((number) => (
            <NumberRow key={number.id} number={number} />
          ))}
        </ul>
      )}
    </Page>
  )
}

function NumberRow({ number }: { number: PhoneNumber }) {
  const { t } = useTranslation('numbers')
  return (
    <li>
      <Link to="/numbers/$numberId" params={{ numberId: number.id }} className={classes.row}>
        <span className={classes.flag} aria-hidden>
          {number.country ? flag(number.country) : '☎'}
        </span>
        <span className={classes.names}>
          <strong>{number.phone_formatted}</strong>
          <span>{number.display_name}</span>
        </span>
        <StatusBadge tone={tones[number.status]} size="lg">
          {t(`status.${number.status}`)}
        </StatusBadge>
        <IconChevronRight size={18} stroke={1.6} aria-hidden />
      </Link>
    </li>
  )
}
