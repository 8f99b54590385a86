// What the plan page asks for, and what becomes doubtful after each command. Money moves and days pass elsewhere as well, so
// these answers are asked for again whenever the page is opened.
import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import * as calls from '../../api/planCalls'
import type { PreviewOf, Subscription } from '../../api/planTypes'

const OLD_AFTER_MS = 15_000

export const planKeys = {
  plans: ['plans'] as const,
  subscription: ['subscription'] as const,
  usage: ['usage'] as const,
  comparison: ['plan_comparison'] as const,
  preview: (of: PreviewOf) => ['plan_preview', of] as const,
}

export const usePlans = () => useQuery({ queryKey: planKeys.plans, queryFn: calls.plans, select: (data) => data.items })
export const useSubscription = () => useQuery({ queryKey: planKeys.subscription, queryFn: calls.subscription, staleTime: OLD_AFTER_MS })
export const useUsage = () => useQuery({ queryKey: planKeys.usage, queryFn: calls.usage, staleTime: OLD_AFTER_MS })
/** What other plans would have cost is for owners and admins, like the invoices. */
export const useComparison = (enabled: boolean) => useQuery({ queryKey: planKeys.comparison, queryFn: calls.comparePlans, staleTime: OLD_AFTER_MS, enabled })
/** What a change would cost is asked anew each time: it depends on the day and on the credit. */
export const usePreview = (of: PreviewOf | null) =>
  useQuery({ queryKey: planKeys.preview(of ?? { action: 'change' }), queryFn: () => calls.previewChange(of ?? { action: 'change' }), enabled: of !== null, staleTime: 0, gcTime: 0 })

const touched = ['usage', 'plan_comparison', 'plan_preview', 'wallet', 'charges', 'spend', 'statement', 'invoices', 'drafts']
export function billMoved(client: QueryClient): void {
  for (const room of touched) void client.invalidateQueries({ queryKey: [room] })
}

/** One of the commands; all answer with the subscription as it is afterwards. */
export function useCommand<V>(command: (wanted: V) => Promise<Subscription>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: command,
    onSuccess: (now) => {
      client.setQueryData(planKeys.subscription, now)
      billMoved(client)
    },
  })
}
