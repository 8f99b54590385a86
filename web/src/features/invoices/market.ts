// Markets as rate cards name them: a country's code, a region's name, or every country.
import { countryName } from '../../ui/format'

export function marketName(market: string, locale: string): string {
  if (market === '' || market === '*') return ''
  return /^[A-Z]{2}$/.test(market) ? countryName(market, locale) : market.charAt(0).toUpperCase() + market.slice(1).replaceAll('_', ' ')
}
