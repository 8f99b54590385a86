// The row an agent sees in the instant of sending, as the server will say it a moment later. Pure.
import type { Content, Media, Me, Message, MessageType, Send } from '../../api/types'

export interface Extra {
  /** What the uploaded file is, for media. */
  media?: Media | undefined
  /** The filled-in template, for templates. */
  shown?: Content | undefined
  quoted?: Message | undefined
  preview?: string | undefined
}

function kindOf(media: Media): MessageType {
  if (media.mime_type === 'image/webp') return 'sticker'
  const kind = media.mime_type.split('/')[0]
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'document'
}

function shownAs(body: Send, extra: Extra): { type: MessageType; content: Content } {
  switch (body.type) {
    case 'text':
      return { type: 'text', content: { body: body.body } }
    case 'interactive': {
      const { type, reply_to, ...content } = body
      return { type, content }
    }
    case 'media': {
      if (!extra.media) throw new Error('Media is uploaded before it is sent.')
      const content = { media: extra.media, caption: body.caption ?? null, filename: extra.media.filename, voice: body.voice ?? false }
      return { type: kindOf(extra.media), content }
    }
    case 'template':
      return { type: 'template', content: extra.shown ?? { body: '' } }
    case 'reaction':
      throw new Error('A reaction is not a row of its own.')
  }
}

export function optimistic(id: string, chatId: string, body: Send, extra: Extra, me: Me, now: number): Message {
  const at = new Date(now).toISOString()
  const replyTo = 'reply_to' in body ? body.reply_to : undefined
  return {
    id,
    chat_id: chatId,
    direction: 'out',
    ...shownAs(body, extra),
    context: replyTo ? { message_id: replyTo, wamid: null, preview: extra.preview ?? null } : null,
    at,
    sent_by: { agent_id: me.agent.id, name: me.agent.name },
    status: 'queued',
    statuses: { queued: at },
    error: null,
    reactions: [],
    edited_at: null,
    revoked_at: null,
    forwarded: false,
    conversation_id: null,
    charge: null,
    wamid: null,
    version: 0,
  }
}
