// The notification that slides in when an SMS or a call brings something: the code large enough to read across the room.
import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy, IconMessage, IconPhone, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Phone } from '../control/types'
import { newest } from './inbox'
import { oneTimeCode } from './oneTimeCode'
import classes from './phone.module.css'

interface Props {
  phone: Phone
  onOpen: () => void
  onDismiss: () => void
}

export function CodeBanner({ phone, onOpen, onDismiss }: Props) {
  const { t } = useTranslation('simulator')
  const item = newest(phone)
  if (!item) return null
  const code = oneTimeCode(item.body)
  return (
    <div className={classes.banner} role="status">
      <button type="button" className={classes.bannerMain} onClick={onOpen}>
        <span className={classes.bannerFrom}>
          {item.kind === 'sms' ? <IconMessage size={14} aria-hidden /> : <IconPhone size={14} aria-hidden />}
          {item.kind === 'sms' ? t('sms.from', { from: item.from }) : t('sms.voice_call')}
        </span>
        {code ? <span className={classes.bannerCode}>{code}</span> : <span className={classes.bannerText} dir="auto">{item.body}</span>}
      </button>
      {code && <CopyCode code={code} />}
      <ActionIcon size={28} aria-label={t('sms.dismiss')} onClick={onDismiss}>
        <IconX size={16} />
      </ActionIcon>
    </div>
  )
}

export function CopyCode({ code }: { code: string }) {
  const { t } = useTranslation('simulator')
  return (
    <CopyButton value={code}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t('copied') : t('sms.copy')}>
          <ActionIcon size={28} aria-label={t('sms.copy')} onClick={copy}>
            {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}
