/** SMS messages and voice calls of one phone as one list, newest first. */
import type { Phone } from '../control/types'

export interface Received {
  kind: 'sms' | 'call'
  at: string
  from: string
  body: string
}

export function received(phone: Pick<Phone, 'sms' | 'calls'>): Received[] {
  const sms = phone.sms.map((item): Received => ({ kind: 'sms', ...item }))
  const calls = phone.calls.map((item): Received => ({ kind: 'call', from: '', ...item }))
  return [...sms, ...calls].sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
}

/** The phone a one-time code came to most recently, if that was after `sinceMs`. */
export function phoneOfLatest(phones: Phone[], sinceMs: number): { phone: string; atMs: number } | null {
  const latest = phones.flatMap((phone) => {
    const item = newest(phone)
    return item ? [{ phone: phone.phone, atMs: Date.parse(item.at) }] : []
  })
  return latest.filter(({ atMs }) => atMs > sinceMs).sort((a, b) => b.atMs - a.atMs)[0] ?? null
}

export function newest(phone: Pick<Phone, 'sms' | 'calls'>): Received | undefined {
  return received(phone)[0]
}
