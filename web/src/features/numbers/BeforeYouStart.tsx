// Said before anything is typed: what the phone is needed for, what is lost, what stops working.
import { IconDeviceMobileMessage, IconMessageOff, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import classes from './Numbers.module.css'

const notes = [
  ['code', IconDeviceMobileMessage],
  ['account', IconTrash],
  ['app', IconMessageOff],
] as const

export function BeforeYouStart() {
  const { t } = useTranslation('numbers')
  return (
    <section className={classes.before} aria-labelledby="before-you-start">
      <h2 id="before-you-start">{t('before.title')}</h2>
      <ul>
        {notes.map(([name, Icon]) => (
          <li key={name}>
            <Icon size={22} stroke={1.5} aria-hidden />
            <div>
              <strong>{t(`before.${name}.title`)}</strong>
              <p>{t(`before.${name}.text`)}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
