// The sentences that the server writes (held by tests/billing/test_explain.py) are all understood.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import i18next from 'i18next'
import { beforeAll, describe, expect, it } from 'vitest'
import { ruleSentence, spoken } from './rule'

const root = join(import.meta.dirname, '../../..')
const sentences = JSON.parse(readFileSync(join(root, 'tests/billing/rule_sentences.json'), 'utf8')) as string[]
const words = (language: string) => JSON.parse(readFileSync(join(import.meta.dirname, `../i18n/locales/${language}/billing.json`), 'utf8')) as object

beforeAll(async () => {
  await i18next.init({ lng: 'es', ns: ['billing'], resources: { en: { billing: words('en') }, es: { billing: words('es') } }, interpolation: { escapeValue: false } })
})

describe('the reason of a charge', () => {
  it.each(sentences)('says the same word for word in English: %s', async (rule) => {
    await i18next.changeLanguage('en')
    expect(spoken(rule, 'en-US')).toBe(rule)
    expect(ruleSentence(rule, 'en-US')).toBe(rule)
  })

  it('is said in Spanish with its own dates, names and numbers', async () => {
    await i18next.changeLanguage('es')
    const said = sentences.map((rule) => ruleSentence(rule, 'es'))
    expect(said[0]).toBe(
      'Conversación de servicio con un cliente en India, abierta por tu respuesta entregada el 23 nov, 14:02: 0,015 USD, plan Starter, tarifa del 1 oct 2026. Todo hasta el 24 nov, 14:02 está incluido.',
    )
    expect(said[1]).toContain('Conversación de marketing con un cliente en Estados Unidos, abierta por tu plantilla')
    expect(said[2]).toContain('con un cliente de país desconocido')
    expect(said[2]).toContain('una de las 1500 incluidas este mes, plan Plus')
    expect(said[3]).toContain('plan Two words, and a comma, tarifa')
    expect(said[5]).toContain('no se cobró, porque entonces no había ninguna tarifa del plan starter en BRL')
    expect(said[6]).toMatch(/^Se devuelve, porque .*: Conversación de servicio/)
    expect(said[7]).toMatch(/está incluido\. Pagado con lo que estaba retenido\.$/)
    for (const sentence of said) expect(sentence).not.toMatch(/delivered|customer|included|opened/)
  })

  it('stays as it was written when its shape is new', () => {
    expect(ruleSentence('Agents beyond the five included, 3 days of October.', 'es')).toBe('Agents beyond the five included, 3 days of October.')
  })
})
