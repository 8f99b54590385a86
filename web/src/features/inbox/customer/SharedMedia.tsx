// The pictures of the loaded part of the thread, newest first.
import { UnstyledButton } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useMessages } from '../../../api/queries'
import type { MediaContent } from '../../../api/types'
import { openLightbox } from '../thread/Lightbox'
import classes from './CustomerPanel.module.css'

const SHOWN_MAX = 9

export function SharedMedia({ chatId }: { chatId: string }) {
  const { t } = useTranslation('inbox')
  const { data } = useMessages(chatId)
  const pictures = useMemo(
    () =>
      (data?.pages.flatMap((page) => page.items) ?? [])
        .filter((message) => message.type === 'image' && !message.revoked_at)
        .map((message) => ({ id: message.id, content: message.content as MediaContent }))
        .filter(({ content }) => content.media.url)
        .slice(0, SHOWN_MAX),
    [data],
  )
  if (pictures.length === 0) return null
  return (
    <section className={classes.section} aria-label={t('customer.media')}>
      <h3>{t('customer.media')}</h3>
      <div className={classes.media}>
        {pictures.map(({ id, content }) => (
          <UnstyledButton
            key={id}
            aria-label={t('media.open', { name: content.caption ?? t('kinds.image') })}
            onClick={() => openLightbox({ media: content.media, caption: content.caption ?? '' })}
          >
            <img src={content.media.thumbnail_url ?? content.media.url ?? ''} alt="" loading="lazy" />
          </UnstyledButton>
        ))}
      </div>
    </section>
  )
}
