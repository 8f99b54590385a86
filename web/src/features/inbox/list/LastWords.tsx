// What was said last, in one line: the words without their marks, or what kind of thing it was.
import { IconFile, IconMapPin, IconMicrophone, IconPhoto, IconShoppingCart, IconSticker, IconUser, IconVideo, type TablerIcon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Chat } from '../../../api/types'
import { plainText } from '../richText'
import classes from './ChatList.module.css'

const icons: Record<string, TablerIcon> = {
  image: IconPhoto,
  video: IconVideo,
  audio: IconMicrophone,
  document: IconFile,
  sticker: IconSticker,
  location: IconMapPin,
  contacts: IconUser,
  order: IconShoppingCart,
}
/** Their words are WhatsApp's about itself, not the customer's. */
const WORDLESS = new Set(['unsupported', 'unknown'])

export function LastWords({ last }: { last: Chat['last_message'] }) {
  const { t } = useTranslation('inbox')
  const Icon = last && icons[last.type]
  const words = last && !WORDLESS.has(last.type) ? plainText(last.preview) : ''
  return (
    <>
      {Icon && <Icon size={15} stroke={1.6} className={classes.kind} aria-hidden />}
      <bdi className={classes.preview}>{words || (last ? t(`kinds.${last.type}`, { defaultValue: t('kinds.text') }) : t('list.empty'))}</bdi>
    </>
  )
}
