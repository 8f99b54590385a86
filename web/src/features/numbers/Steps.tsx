// Where in bringing a number one is. The order is WhatsApp's, so steps are shown, not chosen.
import { IconCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import classes from './Numbers.module.css'

const names = ['number', 'code', 'pin', 'connected'] as const

export function Steps({ at }: { at: number }) {
  const { t } = useTranslation('numbers')
  return (
    <ol className={classes.steps} aria-label={t('steps.label')}>
      {names.map((name, index) => (
        <li key={name} aria-current={index === at ? 'step' : undefined} data-done={index < at || undefined}>
          <span>{index < at ? <IconCheck size={14} stroke={2.5} aria-hidden /> : index + 1}</span>
          <b>{t(`steps.${name}`)}</b>
        </li>
      ))}
    </ol>
  )
}
