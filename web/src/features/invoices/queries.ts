// What the pages of invoices ask for. An issued invoice never changes; credit notes may be added.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import * as calls from '../../api/planCalls'
import type { Party } from '../../api/planTypes'

const OLD_AFTER_MS = 15_000
const profileKey = ['billing_profile'] as const

export const useInvoices = () =>
  useInfiniteQuery({
    queryKey: ['invoices', 'list'],
    queryFn: ({ pageParam }) => calls.invoices(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: OLD_AFTER_MS,
  })
export const useDrafts = () => useQuery({ queryKey: ['drafts'], queryFn: calls.drafts, select: (data) => [...data.items].reverse(), staleTime: OLD_AFTER_MS })

/** An issued invoice by its id, or a month's by the month (2026-11): its draft until it is issued. */
export const useInvoice = (which: string) =>
  useQuery({
    queryKey: ['invoices', 'one', which],
    queryFn: () => (/^\d{4}-\d\d$/.test(which) ? calls.invoiceOfMonth(which) : calls.invoice(which)),
    staleTime: OLD_AFTER_MS,
  })

export const useProfile = () => useQuery({ queryKey: profileKey, queryFn: calls.billingProfile })
export function useSaveProfile() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (party: Party) => calls.saveBillingProfile(party),
    onSuccess: (saved) => {
      client.setQueryData(profileKey, saved)
      for (const room of ['drafts', 'invoices']) void client.invalidateQueries({ queryKey: [room] })
    },
  })
}
