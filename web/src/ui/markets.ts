// WhatsApp's markets in the reader's language. The server names them in English, as WhatsApp's rate card does.
import i18next from 'i18next'
import { countries } from './countries'

const english = new Intl.DisplayNames('en', { type: 'region' })
/** The rate card writes some countries otherwise than browsers do. */
const OTHERWISE: Partial<Record<string, string>> = { Turkey: 'TR', 'Hong Kong': 'HK' }

/** A market that is one country gets the country's name; a region its own; an unknown one keeps what the server said. */
export function marketName(market: string, locale: string): string {
  if (locale.startsWith('en')) return market
  const country = OTHERWISE[market] ?? countries.find((each) => english.of(each.country) === market)?.country
  if (country) return new Intl.DisplayNames(locale, { type: 'region' }).of(country) ?? market
  return i18next.t(`spend:region.${market.toLowerCase().replace(/[^a-z]+/g, '_')}`, { defaultValue: market })
}
