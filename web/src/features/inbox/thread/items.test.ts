import { describe, expect, it } from 'vitest'
import type { Message } from '../../../api/types'
import { merged, threadDays } from './items'

const message = (id: string, at: string, more: Partial<Message> = {}): Message =>
  ({ id, at, direction: 'in', type: 'text', content: { body: id }, charge: null, sent_by: null, ...more }) as Message
const rows = (messages: Message[]) => threadDays(messages, 'Europe/Madrid').flatMap((day) => day.rows)
const edges = (messages: Message[]) => rows(messages).flatMap((row) => (row.kind === 'message' ? [[row.first, row.last]] : []))

describe('threadDays', () => {
  it('starts each day of the account with its name', () => {
    const days = threadDays([message('a', '2026-11-22T22:30:00Z'), message('b', '2026-11-22T23:30:00Z')], 'Europe/Madrid')
    expect(days.map((day) => [day.day, day.rows.length])).toEqual([
      ['2026-11-22', 1],
      ['2026-11-23', 1],
    ])
  })
  it('groups what one person said in one go', () => {
    const said = [message('a', '2026-11-23T10:00:00Z'), message('b', '2026-11-23T10:01:00Z'), message('c', '2026-11-23T10:20:00Z')]
    expect(edges(said)).toEqual([
      [true, false],
      [false, true],
      [true, true],
    ])
  })
  it('keeps two agents apart', () => {
    const by = (agent_id: string) => ({ direction: 'out' as const, sent_by: { agent_id, name: agent_id } })
    expect(edges([message('a', '2026-11-23T10:00:00Z', by('x')), message('b', '2026-11-23T10:00:10Z', by('y'))])).toEqual([
      [true, true],
      [true, true],
    ])
  })
  it('marks where a conversation opened', () => {
    const charge = { amount_micros: 1, currency: 'USD', rule: 'why' }
    const said = [message('a', '2026-11-23T10:00:00Z'), message('b', '2026-11-23T10:00:10Z', { charge })]
    expect(rows(said).map((row) => row.kind)).toEqual(['message', 'conversation', 'message'])
  })
})

describe('merged', () => {
  it('drops a pending row once the server has it', () => {
    const server = [message('b', '2026-11-23T10:01:00Z'), message('a', '2026-11-23T10:00:00Z')]
    expect(merged(server, [message('b', 'x'), message('c', 'y')]).map((row) => row.id)).toEqual(['a', 'b', 'c'])
  })
})
