// The address holds what is open, so that back, reload and a shared link all show the same.
import { getRouteApi } from '@tanstack/react-router'
import type { BillingSearch } from './search'

const route = getRouteApi('/frame/billing')

export function useBillingSearch() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = (part: BillingSearch) => void navigate({ search: { ...search, ...part }, resetScroll: false })
  return { search, change }
}
