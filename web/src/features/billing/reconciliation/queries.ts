// What the reconciliation page asks for.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import * as calls from '../../../api/calls'
import { keys } from '../../../api/keys'
import type { ReconciledClass } from '../../../api/types'

const kept = <T>(before: T): T => before

export const useReconciliation = (query: calls.DaysQuery) => useQuery({ queryKey: keys.reconciliation(query), queryFn: () => calls.reconciliation(query), placeholderData: kept })
export const useProviderCost = (query: calls.DaysQuery) => useQuery({ queryKey: keys.providerCost(query), queryFn: () => calls.providerCost(query), placeholderData: kept })
export const useReconciledMessages = (query: calls.DaysQuery & { class: ReconciledClass }) =>
  useInfiniteQuery({
    queryKey: keys.reconciledMessages(query),
    queryFn: ({ pageParam }) => calls.reconciledMessages({ ...query, after: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
