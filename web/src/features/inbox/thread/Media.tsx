// Pictures, videos, voice, documents and stickers, each in a box of its final size.
import { UnstyledButton } from '@mantine/core'
import { IconDownload, IconFile, IconFileTypePdf, IconFileTypeXls, IconPhotoOff, IconPlayerPlayFilled } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Media, MediaContent } from '../../../api/types'
import { fileSize } from '../../../ui/format'
import { usePlace } from '../../../ui/usePlace'
import { AudioPlayer } from './AudioPlayer'
import { boxOf } from './boxes'
import { openLightbox } from './Lightbox'
import classes from './Media.module.css'

const STICKER_PX = 144

export function Picture({ content, sticker = false }: { content: MediaContent; sticker?: boolean }) {
  const { t } = useTranslation('inbox')
  const { media } = content
  const box = sticker ? { width: STICKER_PX, height: STICKER_PX } : boxOf(media.width, media.height)
  const style = { width: box.width, aspectRatio: `${box.width} / ${box.height}` }
  if (media.state !== 'stored' || !media.url) return <Missing media={media} style={style} />
  const name = content.caption || (sticker ? t('kinds.sticker') : t('kinds.image'))
  const image = <img src={media.thumbnail_url ?? media.url} alt={name} loading="lazy" decoding="async" className={classes.image} data-sticker={sticker || undefined} />
  if (sticker) return <div style={style}>{image}</div>
  return (
    <UnstyledButton className={classes.box} style={style} aria-label={t('media.open', { name })} onClick={() => openLightbox({ media, caption: content.caption ?? '' })}>
      {image}
    </UnstyledButton>
  )
}

export function Video({ content }: { content: MediaContent }) {
  const { t } = useTranslation('inbox')
  const { media } = content
  const [playing, setPlaying] = useState(false)
  const box = boxOf(media.width, media.height)
  const style = { width: box.width, aspectRatio: `${box.width} / ${box.height}` }
  if (media.state !== 'stored' || !media.url) return <Missing media={media} style={style} />
  if (playing) return <video src={media.url} controls autoPlay className={classes.box} style={style} />
  return (
    <UnstyledButton className={classes.box} style={style} aria-label={t('media.play')} onClick={() => setPlaying(true)}>
      {media.thumbnail_url && <img src={media.thumbnail_url} alt="" className={classes.image} />}
      <span className={classes.play}>
        <IconPlayerPlayFilled size={22} aria-hidden />
      </span>
    </UnstyledButton>
  )
}

export function Audio({ content }: { content: MediaContent }) {
  const { t } = useTranslation('inbox')
  const { media } = content
  if (media.state !== 'stored' || !media.url) return <Missing media={media} style={{ width: 260, height: 48 }} />
  return <AudioPlayer src={media.url} name={content.voice ? t('kinds.voice') : t('kinds.audio')} voice={content.voice ?? false} />
}

function FileIcon({ mime }: { mime: string }) {
  const look = { size: 30, stroke: 1.4, 'aria-hidden': true }
  if (mime === 'application/pdf') return <IconFileTypePdf {...look} />
  return /sheet|excel/.test(mime) ? <IconFileTypeXls {...look} /> : <IconFile {...look} />
}

export function Document({ content }: { content: MediaContent }) {
  const { t } = useTranslation('inbox')
  const { locale } = usePlace()
  const { media } = content
  const name = content.filename ?? media.filename ?? t('kinds.document')
  if (media.state !== 'stored' || !media.url) return <Missing media={media} style={{ width: 280, height: 60 }} />
  return (
    <a href={media.url} download={name} className={classes.file} aria-label={t('media.download', { name })}>
      <FileIcon mime={media.mime_type} />
      <span className={classes.fileText}>
        <span className={classes.fileName}>{name}</span>
        {media.size_bytes !== null && <small>{fileSize(media.size_bytes, locale)}</small>}
      </span>
      <IconDownload size={18} stroke={1.6} aria-hidden />
    </a>
  )
}

function Missing({ media, style }: { media: Media; style: React.CSSProperties }) {
  const { t } = useTranslation('inbox')
  const failed = media.state === 'failed'
  return (
    <div className={classes.missing} style={style} data-pending={!failed || undefined}>
      {failed ? (
        <>
          <IconPhotoOff size={22} stroke={1.5} aria-hidden />
          <span>{media.error ?? t('media.failed')}</span>
        </>
      ) : (
        <span>{t('media.pending')}</span>
      )}
    </div>
  )
}
