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

export function newest(phone: Pick<Phone, 'sms' | 'calls'>): Received | undefined {
  return received(phone)[0]
}
