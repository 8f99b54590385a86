// The market of a line; the card's own name for every country says nothing.
import * as ui from '../../ui/markets'

export const marketName = (market: string, locale: string): string => (market === '' || market === '*' ? '' : ui.marketName(market, locale))
