import { describe, expect, test } from 'vitest'
import type { LogEntry } from '../control/types'
import { isFailed, matches, summarize } from './summary'

const entry = (part: Partial<LogEntry>): LogEntry => ({
  seq: 1, at: '2026-11-23T10:00:00Z', kind: 'call', method: 'POST', path: '/v23.0/1/messages', status: 200, request: null, response: null, ms: 1, ...part,
})
const webhook = (...values: object[]) =>
  entry({ kind: 'webhook', request: { entry: [{ changes: values.map((value) => ({ field: 'messages', value })) }] } })

describe('summarize', () => {
  test.each([
    ['a send', entry({ request: { to: '9198', type: 'text' } }), 'text → 9198'],
    ['a read receipt', entry({ request: { status: 'read', message_id: 'wamid' } }), 'read'],
    ['a refusal', entry({ status: 400, response: { error: { message: '(#131047) Re-engagement message' } } }), '(#131047) Re-engagement message'],
    ['a message', webhook({ messages: [{ type: 'text', from: '9198' }] }), 'text ← 9198'],
    ['one without a number', webhook({ messages: [{ type: 'image', from_user_id: 'IN.1' }] }), 'image ← IN.1'],
    ['a batch', webhook({ statuses: [{ status: 'sent' }, { status: 'delivered' }] }, { statuses: [{ status: 'sent' }] }), 'sent ×2, delivered'],
    ['another field', entry({ kind: 'webhook', request: { entry: [{ changes: [{ field: 'message_template_status_update', value: {} }] }] } }), 'message_template_status_update'],
    ['nothing known', entry({ kind: 'webhook', request: 'gibberish' }), ''],
  ])('%s', (_name, given, said) => {
    expect(summarize(given)).toBe(said)
  })
})

test.each([
  [200, false],
  [404, true],
  [503, true],
  [null, true],
])('status %s failed: %s', (status, failed) => {
  expect(isFailed(entry({ status }))).toBe(failed)
})

describe('matches', () => {
  const send = entry({ request: { text: { body: 'Saree?' } } })
  test('by kind, by failure, and by words anywhere in the bodies', () => {
    expect(matches(send, 'all', '')).toBe(true)
    expect(matches(send, 'webhook', '')).toBe(false)
    expect(matches(send, 'failed', '')).toBe(false)
    expect(matches(send, 'call', 'SAREE')).toBe(true)
    expect(matches(send, 'call', 'shirt')).toBe(false)
  })
})
