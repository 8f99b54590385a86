// Pictures, videos, voice, documents and stickers, each in a box of its final size.
import { UnstyledButton } from '@mantine/core'
import { IconDownload, IconFile, IconFileTypePdf, IconFileTypeXls, IconPhotoOff, IconPlayerPlayFilled, IconVideo } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Media, MediaContent } from '../../../api/types'
import { fileSize, playTime } from '../../../ui/format'
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
      <Poster media={media} />
      <span className={classes.play}>
        <IconPlayerPlayFilled size={22} aria-hidden />
      </span>
    </UnstyledButton>
  )
}

/** The picture that came with it, else its own first one where the browser can read it; and how long it is. */
function Poster({ media }: { media: Media }) {
  const [seconds, setSeconds] = useState<number | null>(null)
  const look = (event: React.SyntheticEvent<HTMLVideoElement>) => {
    const { duration } = event.currentTarget
    if (Number.isFinite(duration)) setSeconds(duration)
  }
  return (
    <>
      <video src={`${media.url ?? ''}#t=0.1`} poster={media.thumbnail_url ?? undefined} preload="metadata" muted playsInline tabIndex={-1} aria-hidden className={classes.image} onLoadedMetadata={look} />
      <span className={classes.length}>
        <IconVideo size={14} aria-hidden />
        {seconds !== null && playTime(seconds)}
      </span>
    </>
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
