// Why a message did not get through, what to do, and the way to try again. It stays on the message.
import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Message } from '../../../api/types'
import { money } from '../../../ui/format'
import { problemSentence, sentence } from '../../../ui/sentence'
import { usePlace } from '../../../ui/usePlace'
import type { Outgoing } from '../outgoing'
import type { Sender } from '../useSend'
import classes from './Bubble.module.css'
import { AnchorLink } from '../../../ui/links'

export function Failure({ message, sender }: { message: Message; sender: Sender }) {
  const { t } = useTranslation('inbox')
  const resend = useMutation({ mutationFn: () => sender.resend(message) })
  const { error } = message
  if (!error) return null
  // WhatsApp often says the title once more as its detail.
  const detail = error.detail.toLowerCase().replace(/\.$/, '') === error.title.toLowerCase() ? '' : error.detail
  return (
    <div className={classes.failure} role="group" aria-label={t('failure.label')}>
      <strong>{error.title}</strong>
      <span>
        {detail} {error.advice}
      </span>
      <span className={classes.actions}>
        {error.can_resend && (
          <Button size="compact-xs" variant="default" loading={resend.isPending} onClick={() => resend.mutate()}>
            {t('failure.resend')}
          </Button>
        )}
        {error.code !== null && <small>{t('failure.code', { code: error.code })}</small>}
      </span>
      {resend.error && <span role="alert">{sentence(resend.error, t('failure.unreachable'))}</span>}
    </div>
  )
}

export function Unsent({ row, sender }: { row: Outgoing; sender: Sender }) {
  const { t } = useTranslation('inbox')
  const { locale } = usePlace()
  const { problem } = row
  const credit = problem?.code === 'insufficient_credit'
  return (
    <div className={classes.failure} role="alert">
      <strong>{t('failure.unsent')}</strong>
      <span>
        {credit && problem.needed_micros !== undefined && problem.currency
          ? t('failure.credit', {
              needed: money(problem.needed_micros, problem.currency, locale),
              available: money(problem.available_micros ?? 0, problem.currency, locale),
            })
          : problem
            ? problemSentence(problem)
            : t('failure.unreachable')}
      </span>
      <span className={classes.actions}>
        {credit && (
          <AnchorLink to="/billing" search={{ top_up: true }} size="sm" fw={600}>
            {t('failure.topUp')}
          </AnchorLink>
        )}
        <Button size="compact-xs" variant="default" onClick={() => sender.retry(row)}>
          {t('failure.retry')}
        </Button>
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => sender.discard(row)}>
          {t('failure.discard')}
        </Button>
      </span>
    </div>
  )
}
