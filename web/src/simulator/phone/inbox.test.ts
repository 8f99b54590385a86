import { expect, test } from 'vitest'
import type { Phone } from '../control/types'
import { phoneOfLatest, received } from './inbox'

const phone = (number: string, sms: string[], calls: string[] = []): Phone => ({
  phone: number, user_id: number, name: number, username: null, shares_phone: true, online: true, read_receipts: true, whatsapp_app: false,
  is_business: true, blocked: [], open_chat: null, sms: sms.map((at) => ({ at, from: 'WhatsApp', body: at })), calls: calls.map((at) => ({ at, body: at })),
})
const T1 = '2026-11-23T10:00:00Z'
const T2 = '2026-11-23T10:01:00Z'
const T3 = '2026-11-23T10:02:00Z'

test('SMS and calls are one list, newest first', () => {
  expect(received(phone('+34', [T1, T3], [T2])).map(({ kind, at }) => [kind, at])).toEqual([['sms', T3], ['call', T2], ['sms', T1]])
})

test('the phone whose code came last is found, and only once', () => {
  const phones = [phone('+34', [T1]), phone('+91', [T1], [T2]), phone('+20', [])]
  expect(phoneOfLatest(phones, 0)).toEqual({ phone: '+91', atMs: Date.parse(T2) })
  expect(phoneOfLatest(phones, Date.parse(T2))).toBeNull()
  expect(phoneOfLatest([], 0)).toBeNull()
})
