import i18next from 'i18next'
import { beforeAll, describe, expect, it } from 'vitest'
import en from '../../i18n/locales/en/plans.json'
import es from '../../i18n/locales/es/plans.json'
import { changeRule, isoDay } from './changeRule'

beforeAll(async () => {
  await i18next.init({ lng: 'en', resources: { en: { plans: en }, es: { plans: es } }, interpolation: { escapeValue: false } })
})
const said = (rule: string, locale: string) => changeRule(rule, locale).replaceAll('\u00a0', ' ')

describe('the reason of a price', () => {
  it('keeps its figures', () => {
    expect(said('Plus to Elite plan from 9 Nov 2026: the difference of 60.00 USD for 15 of 30 days.', 'en-GB')).toBe(
      'Plus to Elite from 9 November 2026: the difference of 60.00 USD for 15 of 30 days.',
    )
    expect(said('Plus plan, yearly, from 9 Nov 2026: 779.88 USD less 40.00 for 15 unused of 30 days of the Plus plan, monthly.', 'en-GB')).toBe(
      'Plus, yearly, from 9 November 2026: 779.88 USD, less 40.00 USD for 15 unused of 30 days of Plus, monthly.',
    )
    expect(said('Starter plan, monthly, from 24 Nov 2026: nothing is charged now.', 'en-GB')).toBe('Starter, monthly, from 24 November 2026: nothing is charged now.')
    expect(said('Plus plan, monthly, from today: 94.99 USD.', 'en-GB')).toBe('Plus, monthly, from today: 94.99 USD.')
  })
  it('is said in Spanish', async () => {
    await i18next.changeLanguage('es')
    expect(said('Plus to Elite plan from 9 Nov 2026: the difference of 60.00 USD for 15 of 30 days.', 'es')).toBe(
      'De Plus a Elite desde el 9 de noviembre de 2026: la diferencia de 60,00 USD por 15 de 30 días.',
    )
    expect(said('The subscription ends with the period that is paid. Nothing is charged.', 'es')).not.toContain('subscription')
    await i18next.changeLanguage('en')
  })
  it('is shown as it is when its shape is new', () => expect(changeRule('Free today.', 'en')).toBe('Free today.'))
  it('reads days', () => expect(isoDay('9 Nov 2026')).toBe('2026-11-09'))
})
