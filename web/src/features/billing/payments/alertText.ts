// What an alert says: a sentence out of its kind and the snapshot of its moment.
import i18next from 'i18next'
import type { Alert } from '../../../api/types'
import { factTime, money, shortDate, type Place } from '../../../ui/format'

type Values = Record<string, string | number>
const t = (key: string, values: Values) => i18next.t(`payments:alert.${key}` as 'payments:alert.low_balance', values as { available: string; threshold: string })

/** The payload's amounts, times and numbers, written for reading; what is missing is left out. */
export function alertValues(payload: Record<string, unknown>, place: Place): Values {
  const currency = typeof payload.currency === 'string' ? payload.currency : ''
  const values: Values = {}
  for (const [name, value] of Object.entries(payload)) {
    if (name.endsWith('_micros') && typeof value === 'number') values[name.replace('_micros', '')] = money(value, currency, place.locale)
    else if (name.endsWith('_count') && typeof value === 'number') values[name.replace('_count', '')] = value.toLocaleString(place.locale)
    else if (name === 'meter' && typeof value === 'string') values.things = i18next.t(`spend:meter.${value}`, { defaultValue: value })
    else if (name === 'expires_at' && typeof value === 'string') values.day = shortDate(value, place)
    else if (name.endsWith('_at') && typeof value === 'string') values[name] = factTime(value, place)
    else if (typeof value === 'number' || typeof value === 'string') values[name] = value
  }
  return values
}

export function alertText(alert: Pick<Alert, 'kind' | 'payload'>, place: Place): string {
  const values = alertValues(alert.payload, place)
  const empty = alert.kind === 'low_balance' && Number(alert.payload.available_micros) <= 0
  return t(empty ? 'used_up' : alert.kind, values)
}

/** Something has stopped, or only something to know. */
export const isGrave = (alert: Pick<Alert, 'kind'>): boolean => ['auto_top_up_off', 'auto_top_up_declined', 'chargeback'].includes(alert.kind)
