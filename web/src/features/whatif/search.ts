// What the address says: which month, under which plan.
export interface WhatIfSearch {
  month?: string | undefined
  plan?: string | undefined
}

export function whatIfSearch(search: Record<string, unknown>): WhatIfSearch {
  return {
    month: typeof search.month === 'string' && /^\d{4}-(0[1-9]|1[0-2])$/.test(search.month) ? search.month : undefined,
    plan: typeof search.plan === 'string' && /^[a-z0-9_-]{1,40}$/.test(search.plan) ? search.plan : undefined,
  }
}
