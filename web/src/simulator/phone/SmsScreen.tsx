// The phone's SMS inbox and voice calls: where one-time codes arrive.
import { IconDeviceMobileMessage, IconMessage, IconPhoneIncoming } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Phone } from '../control/types'
import { useNow } from '../useNow'
import { fullTime, listTime } from '../when'
import { CopyCode } from './CodeBanner'
import { received } from './inbox'
import { oneTimeCode } from './oneTimeCode'
import classes from './phone.module.css'

export function SmsScreen({ phone }: { phone: Phone }) {
  const { t, i18n } = useTranslation('simulator')
  const now = useNow(30_000)
  const items = received(phone)
  return (
    <div className={classes.page}>
      <h2 className={classes.pageTitle}>{t('phone.sms')}</h2>
      {items.length === 0 && (
        <div className={classes.empty}>
          <IconDeviceMobileMessage size={36} stroke={1.4} aria-hidden />
          <p>{t('sms.empty')}</p>
        </div>
      )}
      <ul className={classes.smsList}>
        {items.map((item) => {
          const code = oneTimeCode(item.body)
          return (
            <li key={`${item.kind} ${item.at} ${item.body}`} className={classes.sms}>
              <div className={classes.smsHead}>
                {item.kind === 'sms' ? <IconMessage size={15} aria-hidden /> : <IconPhoneIncoming size={15} aria-hidden />}
                <span>{item.kind === 'sms' ? item.from : t('sms.voice_call')}</span>
                <time dateTime={item.at} title={fullTime(item.at, i18n.language)}>{listTime(item.at, now, i18n.language)}</time>
              </div>
              <p dir="auto">{item.body}</p>
              {code && (
                <div className={classes.smsCode}>
                  <output aria-label={t('sms.code')}>{code}</output>
                  <CopyCode code={code} />
                </div>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
