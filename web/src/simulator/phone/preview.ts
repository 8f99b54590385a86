/** One line for the chat list, a quote and a notification. Keys are names in the `simulator` strings. */
import type strings from '../../i18n/locales/en/simulator.json'
import type { ChatMessage } from '../control/types'
import { fields, list, readInteractive, readMedia, readReply, readTemplate, text } from './content'

type PreviewKey = `preview.${keyof typeof strings.preview}`
export type Preview = { text: string } | { key: PreviewKey; values?: Record<string, string> }

const MEDIA_KINDS = ['image', 'video', 'audio', 'document', 'sticker'] as const
type MediaKind = (typeof MEDIA_KINDS)[number]

export function preview(message: Pick<ChatMessage, 'type' | 'content' | 'deleted'>): Preview {
  const { type, content } = message
  if (message.deleted) return { key: 'preview.deleted' }
  if (type === 'text') return { text: text(fields(content).body) }
  if (type === 'template') return { text: readTemplate(content).body }
  if (type === 'contacts') {
    const name = text(fields(fields(list(content)[0]).name).formatted_name)
    return { key: 'preview.contact', values: { name } }
  }
  const mediaKind = MEDIA_KINDS.find((kind) => kind === type)
  if (mediaKind) return mediaPreview(mediaKind, content)
  const reply = readReply(type, content)
  if (reply) return { text: reply.title }
  if (type === 'interactive') return { text: readInteractive(content).body }
  if (type === 'unsupported') return { key: 'preview.unsupported', values: { type: text(fields(content).type) } }
  if (type === 'location') return { key: 'preview.location' }
  if (type === 'order') return { key: 'preview.order' }
  return { key: 'preview.other', values: { type } }
}

function mediaPreview(type: MediaKind, content: unknown): Preview {
  const media = readMedia(content)
  const said = media.caption ?? media.filename
  if (said) return { key: `preview.${type}_with`, values: { text: said } }
  return { key: type === 'audio' && media.voice ? 'preview.voice' : `preview.${type}` }
}
