import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import type { Alert } from '../../../api/types'
import en from '../../../i18n/locales/en/payments.json'
import spend from '../../../i18n/locales/en/spend.json'
import es from '../../../i18n/locales/es/payments.json'
import gasto from '../../../i18n/locales/es/spend.json'
import { alertText } from './alertText'

beforeAll(async () => {
  await i18next.init({ lng: 'en', resources: { en: { payments: en, spend }, es: { payments: es, spend: gasto } }, interpolation: { escapeValue: false } })
})

const payloads: Record<Alert['kind'], Record<string, unknown>> = {
  low_balance: { threshold_micros: 5_000_000, available_micros: 4_985_000, currency: 'USD' },
  month_spend: { threshold_micros: 100_000_000, spent_micros: 100_015_000, currency: 'USD' },
  credit_expiring: { days: 7, remaining_micros: 2_000_000, amount_micros: 5_000_000, currency: 'USD', expires_at: '2026-12-01T00:00:00Z' },
  auto_top_up_declined: { reason: 'Your card was declined.', failures: 1, again_at: '2026-11-23T13:00:00Z' },
  auto_top_up_off: { reason: 'Your card was declined.', failures: 3 },
  auto_top_up_capped: { cap_micros: 200_000_000, currency: 'USD' },
  auto_top_up_burst: { count: 3, minutes: 10 },
  fair_use: { meter: 'step', state: 'warned', used_count: 400_000, included_count: 500_000 },
  chargeback: { amount_micros: 25_000_000, currency: 'USD', reason: 'fraudulent' },
}
const place = (locale: string) => ({ locale, timeZone: 'UTC' })

test.each(Object.entries(payloads))('%s is a whole sentence in both languages', async (kind, payload) => {
  for (const language of ['en', 'es']) {
    await i18next.changeLanguage(language)
    const text = alertText({ kind: kind as Alert['kind'], payload }, place(language))
    expect(text).toMatch(/\.$/)
    expect(text).not.toMatch(/\{\{|undefined|alert\./)
  }
})

test('amounts and days are written for reading', async () => {
  await i18next.changeLanguage('en')
  expect(alertText({ kind: 'credit_expiring', payload: payloads.credit_expiring }, place('en-GB'))).toBe('2.00\u00a0USD of credit expires on 1 Dec 2026.')
  expect(alertText({ kind: 'low_balance', payload: { ...payloads.low_balance, available_micros: 0 } }, place('en'))).toContain('used up')
})
