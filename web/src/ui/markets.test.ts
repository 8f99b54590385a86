import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import spend from '../i18n/locales/es/spend.json'
import { marketName } from './markets'

beforeAll(async () => {
  await i18next.init({ lng: 'es', resources: { es: { spend } } })
})

test.each([
  ['India', 'en-GB', 'India'],
  ['Rest of Western Europe', 'en', 'Rest of Western Europe'],
  ['Germany', 'es', 'Alemania'],
  ['Turkey', 'es', 'Turquía'],
  ['Rest of Central & Eastern Europe', 'es', 'Resto de Europa central y oriental'],
  ['North America', 'es', 'Norteamérica'],
  ['Atlantis', 'es', 'Atlantis'],
])('%s in %s is %s', (market, locale, name) => expect(marketName(market, locale)).toBe(name))
