// The ticks of an outbound message: clock, one, two, two blue, or a red mark.
import { VisuallyHidden } from '@mantine/core'
import { IconAlertCircleFilled, IconCheck, IconChecks, IconClock } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { MessageStatus } from '../../api/types'
import classes from './Ticks.module.css'

const icons = {
  queued: IconClock,
  sending: IconClock,
  sent: IconCheck,
  delivered: IconChecks,
  read: IconChecks,
  played: IconChecks,
  failed: IconAlertCircleFilled,
}

export function Ticks({ status, size = 15 }: { status: MessageStatus; size?: number }) {
  const { t } = useTranslation('inbox')
  if (status === 'received') return null
  const Icon = icons[status]
  return (
    <span className={classes.ticks} data-status={status} data-testid="ticks">
      <Icon size={status === 'queued' || status === 'sending' ? size - 2 : size} stroke={2} aria-hidden />
      <VisuallyHidden>{t(`status.${status}`)}</VisuallyHidden>
    </span>
  )
}
