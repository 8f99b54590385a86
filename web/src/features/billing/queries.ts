// What the page asks for. Realtime keeps these answers true under the same keys.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import * as calls from '../../api/calls'
import { keys } from '../../api/keys'
import type { Charge, SpendBy, TopUpWish, Wallet } from '../../api/types'

export const CHARGES_PER_PAGE = 50

export const useCharges = (query: calls.ChargeQuery) =>
  useInfiniteQuery({
    queryKey: keys.charges(query),
    queryFn: ({ pageParam }) => calls.charges({ ...query, after: pageParam, limit: CHARGES_PER_PAGE }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })

export const useBreakdown = (by: SpendBy, days: number) =>
  useQuery({ queryKey: keys.breakdown(by, days), queryFn: () => calls.breakdown(by, days), placeholderData: (before) => before })
export const useMonth = () => useQuery({ queryKey: keys.month, queryFn: calls.month })

export const useStatement = () =>
  useInfiniteQuery({
    queryKey: keys.statement,
    queryFn: ({ pageParam }) => calls.statement(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })

/** A charge already in a list opens at once; a link from elsewhere fetches it. */
export function useCharge(id: string | undefined) {
  const client = useQueryClient()
  return useQuery({
    queryKey: ['charge', id],
    queryFn: () => calls.charge(id ?? ''),
    enabled: id !== undefined,
    initialData: () => {
      const lists = client.getQueriesData<{ pages: { items: Charge[] }[] }>({ queryKey: ['charges'] })
      return lists.flatMap(([, data]) => data?.pages.flatMap((page) => page.items) ?? []).find((charge) => charge.id === id)
    },
  })
}

export function useTopUp() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ wish, key }: { wish: TopUpWish; key: string }) => calls.topUp(wish, key),
    onSuccess: ({ wallet }) => {
      client.setQueryData<Wallet>(keys.wallet, (known) => (known && known.version > wallet.version ? known : wallet))
      void client.invalidateQueries({ queryKey: keys.statement })
      void client.invalidateQueries({ queryKey: keys.payments })
    },
  })
}
