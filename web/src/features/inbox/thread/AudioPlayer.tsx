// A voice message or a sound: play, where it is, how long it takes. Nothing is fetched before it is played.
import { ActionIcon } from '@mantine/core'
import { IconMicrophone, IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { playTime } from '../../../ui/format'
import classes from './Media.module.css'

export function AudioPlayer({ src, name, voice }: { src: string; name: string; voice: boolean }) {
  const { t } = useTranslation('inbox')
  const audio = useRef<HTMLAudioElement>(null)
  const [playing, setPlaying] = useState(false)
  const [at, setAt] = useState(0)
  const [length, setLength] = useState(0)
  const toggle = () => {
    if (playing) audio.current?.pause()
    else void audio.current?.play().catch(() => setPlaying(false))
  }
  return (
    <div className={classes.audio} role="group" aria-label={name}>
      <audio
        ref={audio}
        src={src}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onDurationChange={(event) => setLength(Number.isFinite(event.currentTarget.duration) ? event.currentTarget.duration : 0)}
      />
      <ActionIcon variant="filled" color="teal" radius="xl" size={36} aria-label={playing ? t('media.pause') : t('media.listen')} onClick={toggle}>
        {playing ? <IconPlayerPauseFilled size={18} /> : <IconPlayerPlayFilled size={18} />}
      </ActionIcon>
      <input
        type="range"
        min={0}
        max={length || 1}
        step={0.1}
        value={at}
        disabled={length === 0}
        aria-label={t('media.position')}
        onChange={(event) => {
          if (audio.current) audio.current.currentTime = Number(event.currentTarget.value)
        }}
      />
      {length > 0 ? <time>{playTime(playing || at > 0 ? at : length)}</time> : voice && <IconMicrophone size={18} stroke={1.6} aria-hidden />}
    </div>
  )
}
