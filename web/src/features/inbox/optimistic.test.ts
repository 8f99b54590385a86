import { describe, expect, it } from 'vitest'
import type { Me, Media } from '../../api/types'
import { optimistic } from './optimistic'

const me = { agent: { id: 'agent', name: 'Marta' } } as Me
const now = Date.parse('2026-11-23T12:00:00Z')
const media = (mime_type: string): Media => ({ id: 'f', mime_type, filename: 'a.bin', size_bytes: 1, width: null, height: null, state: 'stored', url: null, thumbnail_url: null, error: null })

describe('optimistic', () => {
  it('is older than any version of the server’s', () => {
    const row = optimistic('id', 'chat', { type: 'text', body: 'Hi', reply_to: 'q' }, { preview: 'before' }, me, now)
    expect(row).toMatchObject({ id: 'id', version: 0, status: 'queued', at: '2026-11-23T12:00:00.000Z', content: { body: 'Hi' } })
    expect([row.context, row.sent_by]).toEqual([{ message_id: 'q', wamid: null, preview: 'before' }, { agent_id: 'agent', name: 'Marta' }])
  })
  it.each([
    ['image/png', 'image'],
    ['image/webp', 'sticker'],
    ['video/mp4', 'video'],
    ['audio/ogg', 'audio'],
    ['application/pdf', 'document'],
  ])('shows %s as %s', (mime, type) => {
    expect(optimistic('id', 'chat', { type: 'media', media_id: 'f' }, { media: media(mime) }, me, now).type).toBe(type)
  })
  it('shows choices without what only the command needs', () => {
    const row = optimistic('id', 'chat', { type: 'interactive', kind: 'button', body: 'Pick', buttons: [], reply_to: 'q' }, {}, me, now)
    expect(row.content).toEqual({ kind: 'button', body: 'Pick', buttons: [] })
  })
  it('refuses what has no row', () => {
    expect(() => optimistic('id', 'chat', { type: 'reaction', message_id: 'm', emoji: '👍' }, {}, me, now)).toThrow()
    expect(() => optimistic('id', 'chat', { type: 'media', media_id: 'f' }, {}, me, now)).toThrow()
  })
})
