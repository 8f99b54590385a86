// The composer outside the window: why free text is not possible, and the templates that are.
import { Button, Skeleton } from '@mantine/core'
import { IconTemplate } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useTemplates } from '../../../api/queries'
import type { Chat } from '../../../api/types'
import { moment } from '../../../ui/format'
import { usePlace } from '../../../ui/usePlace'
import classes from './Composer.module.css'
import { ButtonLink } from '../../../ui/links'

const OFFERED_MAX = 3

interface Props {
  chat: Chat
  never: boolean
  onTemplate: (id: string | true) => void
}

export function ClosedComposer({ chat, never, onTemplate }: Props) {
  const { t } = useTranslation('inbox')
  const place = usePlace()
  const { data: templates, isPending } = useTemplates('approved')
  return (
    <div className={classes.closed} role="group" aria-label={t('window.closed')}>
      <p>
        <strong>{never ? t('window.neverTitle') : t('window.closedTitle')}</strong>{' '}
        {never ? t('window.neverText') : t('window.closedText', { time: moment(chat.window_expires_at ?? '', place) })}
      </p>
      <div className={classes.offers}>
        {isPending && <Skeleton width={220} height={30} />}
        {templates?.slice(0, OFFERED_MAX).map((template) => (
          <Button key={template.id} size="compact-md" variant="default" onClick={() => onTemplate(template.id)}>
            {template.name}
          </Button>
        ))}
        {templates && templates.length > 0 && (
          <Button size="compact-md" leftSection={<IconTemplate size={16} />} onClick={() => onTemplate(true)}>
            {t('composer.chooseTemplate')}
          </Button>
        )}
        {templates?.length === 0 && (
          <>
            <span>{t('template.none')}</span>
            <ButtonLink size="compact-md" to="/templates">
              {t('template.sync')}
            </ButtonLink>
          </>
        )}
      </div>
    </div>
  )
}
