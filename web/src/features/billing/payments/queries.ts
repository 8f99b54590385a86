// Payments, cards, automatic top-up and alerts: what is asked for, and what is changed.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import * as calls from '../../../api/calls'
import { keys } from '../../../api/keys'
import type { Alert, AlertSettings, AutoTopUpWish, Card, Page, Payment, PayMethod } from '../../../api/types'

export const useMethods = () => useQuery({ queryKey: keys.paymentMethods, queryFn: calls.paymentMethods, select: (data) => data.items, staleTime: Infinity })
export const useCards = () => useQuery({ queryKey: keys.cards, queryFn: calls.cards, select: (data) => data.items })

export const usePayments = () =>
  useInfiniteQuery({
    queryKey: keys.payments,
    queryFn: async ({ pageParam }) => (await calls.payments(pageParam)) as Page<Payment>,
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })

export const useRefunds = (paymentId: string) => useQuery({ queryKey: keys.refunds(paymentId), queryFn: () => calls.refunds(paymentId), select: (data) => data.items })

export function useRefund(paymentId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ micros, key }: { micros: number; key: string }) => calls.refund(paymentId, micros, key),
    onSuccess: () => Promise.all([keys.payments, keys.wallet, keys.statement].map((queryKey) => client.invalidateQueries({ queryKey }))),
  })
}

function useCardChange<V>(change: (value: V) => Promise<{ items: Card[] } | undefined>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: async (cards) => {
      if (cards) client.setQueryData(keys.cards, cards)
      // Removing a card may switch the automatic top-up off.
      await Promise.all([keys.cards, keys.autoTopUp].map((queryKey) => client.invalidateQueries({ queryKey })))
    },
  })
}
export const useSaveCard = () => useCardChange(({ method, setupId }: { method: PayMethod; setupId: string }) => calls.saveCard(method, setupId))
export const useDefaultCard = () => useCardChange(calls.defaultCard)
export const useRemoveCard = () =>
  useCardChange(async (id: string) => {
    await calls.removeCard(id)
    return undefined
  })

export const useAutoTopUp = () => useQuery({ queryKey: keys.autoTopUp, queryFn: calls.autoTopUp })
export function useSetAutoTopUp() {
  const client = useQueryClient()
  return useMutation({ mutationFn: (wish: AutoTopUpWish) => calls.setAutoTopUp(wish), onSuccess: (now) => client.setQueryData(keys.autoTopUp, now) })
}

export const useAlerts = () =>
  useInfiniteQuery({
    queryKey: keys.alerts,
    queryFn: ({ pageParam }) => calls.alerts(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
export function useSeeAlert() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => calls.seeAlert(id),
    onSuccess: (seen) =>
      client.setQueryData<{ pages: Page<Alert>[]; pageParams: unknown[] }>(keys.alerts, (data) =>
        data && { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map((alert) => (alert.id === seen.id ? seen : alert)) })) },
      ),
  })
}
export const useAlertSettings = () => useQuery({ queryKey: keys.alertSettings, queryFn: calls.alertSettings })
export function useSetAlertSettings() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (wish: AlertSettings) => calls.setAlertSettings(wish),
    onSuccess: async (now) => {
      client.setQueryData(keys.alertSettings, now)
      await client.invalidateQueries({ queryKey: keys.wallet })
    },
  })
}
