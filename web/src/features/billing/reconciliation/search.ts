// What the address of the page says. Anything else is forgotten.
import type { ReconciledClass } from '../../../api/types'
import { periodDefault, periods, realDay, type Period } from '../search'

export const classes: readonly ReconciledClass[] = ['price_differs', 'missing', 'timing', 'match']

export interface ReconciliationSearch {
  period?: Period | undefined
  class?: ReconciledClass | undefined
  day?: string | undefined
  tab?: 'cost' | undefined
}

export const reconciliationSearch = (search: Record<string, unknown>): ReconciliationSearch => ({
  period: periods.find((period) => period === search.period && period !== periodDefault),
  class: classes.find((each) => each === search.class),
  day: realDay(search.day),
  tab: search.tab === 'cost' ? 'cost' : undefined,
})
