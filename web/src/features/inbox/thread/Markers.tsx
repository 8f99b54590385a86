// The lines between messages: days, and where a conversation opened, with its price and why.
import { Popover, Text, UnstyledButton } from '@mantine/core'
import { IconCoin } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Message } from '../../../api/types'
import { accountNow } from '../../../ui/clock'
import { clockTime, dayLabel, money } from '../../../ui/format'
import { ruleSentence } from '../../../ui/rule'
import { usePlace } from '../../../ui/usePlace'
import classes from './Bubble.module.css'
import { AnchorLink } from '../../../ui/links'

export function DayLabel({ at }: { at: string }) {
  const place = usePlace()
  return (
    <div className={classes.day} role="separator">
      <span>{dayLabel(at, accountNow(), place)}</span>
    </div>
  )
}

export function ConversationMarker({ message }: { message: Message }) {
  const { t } = useTranslation('inbox')
  const place = usePlace()
  const { charge } = message
  if (!charge) return null
  const at = message.statuses.delivered ?? message.statuses.read ?? message.at
  return (
    <div className={classes.conversation}>
      <Popover width={320} shadow="md" position="bottom" withArrow>
        <Popover.Target>
          <UnstyledButton fz={12}>
            <IconCoin size={14} stroke={1.6} aria-hidden />
            {t('conversation.opened', { time: clockTime(at, place), amount: money(charge.amount_micros, charge.currency, place.locale) })}
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown>
          <Text size="sm">{ruleSentence(charge.rule, place.locale)}</Text>
          <AnchorLink to="/billing" size="sm" mt={6} display="block">
            {t('conversation.seeCharges')}
          </AnchorLink>
        </Popover.Dropdown>
      </Popover>
    </div>
  )
}
