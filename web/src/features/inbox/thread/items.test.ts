import { describe, expect, it } from 'vitest'
import type { Message } from '../../../api/types'
import { merged, threadRows } from './items'

const message = (id: string, at: string, more: Partial<Message> = {}): Message =>
  ({ id, at, direction: 'in', type: 'text', content: { body: id }, charge: null, sent_by: null, ...more }) as Message
const kinds = (messages: Message[]) => threadRows(messages, 'Europe/Madrid').map((row) => row.kind)

describe('threadRows', () => {
  it('starts each day of the account with its name', () => {
    expect(kinds([message('a', '2026-11-22T22:30:00Z'), message('b', '2026-11-22T23:30:00Z')])).toEqual(['day', 'message', 'day', 'message'])
  })
  it('groups what one person said in one go', () => {
    const rows = threadRows(
      [message('a', '2026-11-23T10:00:00Z'), message('b', '2026-11-23T10:01:00Z'), message('c', '2026-11-23T10:20:00Z')],
      'UTC',
    ).filter((row) => row.kind === 'message')
    expect(rows.map((row) => [row.first, row.last])).toEqual([[true, false], [false, true], [true, true]])
  })
  it('keeps two agents apart', () => {
    const by = (agent_id: string) => ({ direction: 'out' as const, sent_by: { agent_id, name: agent_id } })
    const rows = threadRows([message('a', '2026-11-23T10:00:00Z', by('x')), message('b', '2026-11-23T10:00:10Z', by('y'))], 'UTC')
    expect(rows.filter((row) => row.kind === 'message').map((row) => row.first)).toEqual([true, true])
  })
  it('marks where a conversation opened', () => {
    const charge = { amount_micros: 1, currency: 'USD', rule: 'why' }
    expect(kinds([message('a', '2026-11-23T10:00:00Z'), message('b', '2026-11-23T10:00:10Z', { charge })])).toEqual([
      'day',
      'message',
      'conversation',
      'message',
    ])
  })
})

describe('merged', () => {
  it('drops a pending row once the server has it', () => {
    const server = [message('b', '2026-11-23T10:01:00Z'), message('a', '2026-11-23T10:00:00Z')]
    expect(merged(server, [message('b', 'x'), message('c', 'y')]).map((row) => row.id)).toEqual(['a', 'b', 'c'])
  })
})
