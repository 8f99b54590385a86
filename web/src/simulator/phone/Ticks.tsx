// The customer's own ticks: one when sent, two when the business has it, blue when it was read.
import { IconAlertCircle, IconCheck, IconChecks, IconClock } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { MessageStatus } from '../control/types'
import classes from './phone.module.css'

export function Ticks({ status }: { status: MessageStatus | null }) {
  const { t } = useTranslation('simulator')
  const label = t(`status.${status ?? 'waiting'}`)
  if (status === 'failed') return <IconAlertCircle size={15} className={classes.failed} aria-label={label} />
  if (status === null) return <IconClock size={14} aria-label={label} />
  if (status === 'sent') return <IconCheck size={16} aria-label={label} />
  const blue = status === 'read' || status === 'played'
  return <IconChecks size={16} className={blue ? classes.blue : undefined} aria-label={label} />
}
