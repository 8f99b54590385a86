// A picture in full, over everything; Esc or a click beside it closes.
import { ActionIcon, Modal } from '@mantine/core'
import { IconDownload, IconX } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Media } from '../../../api/types'
import classes from './Lightbox.module.css'

interface Shown {
  media: Media
  caption: string
}
let show: (shown: Shown) => void = () => undefined
export const openLightbox = (shown: Shown) => show(shown)

export function Lightbox() {
  const { t } = useTranslation('inbox')
  const [shown, setShown] = useState<Shown | null>(null)
  const [opened, setOpened] = useState(false)
  useEffect(() => {
    show = (next) => {
      setShown(next)
      setOpened(true)
    }
  }, [])
  const close = () => setOpened(false)
  return (
    <Modal.Root opened={opened} onClose={close} fullScreen>
      <Modal.Content className={classes.content} aria-label={t('media.viewer')}>
        <Modal.Body className={classes.body}>
          <div className={classes.bar}>
            <span className={classes.caption}>{shown?.caption}</span>
            <ActionIcon component="a" href={shown?.media.url ?? '#'} download={shown?.media.filename ?? ''} aria-label={t('media.save')} className={classes.button}>
              <IconDownload size={20} />
            </ActionIcon>
            <ActionIcon onClick={close} aria-label={t('media.close')} className={classes.button}>
              <IconX size={20} />
            </ActionIcon>
          </div>
          <div className={classes.stage} onClick={close}>
            {shown?.media.url && <img src={shown.media.url} alt={shown.caption || t('kinds.image')} onClick={(event) => event.stopPropagation()} />}
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
