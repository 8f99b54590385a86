// Whether what fell due while the clock was moved is done. Pure.
import type { Invoice, Subscription } from '../../api/planTypes'

export interface Books {
  walletVersion: number
  subscription: Pick<Subscription, 'status' | 'period'>
  /** Months not invoiced yet; empty for those who may not see invoices. */
  drafts: readonly Pick<Invoice, 'due_at' | 'seller'>[]
}

/** The period that runs holds today, no month waits for its invoice, and the money stands still since the last look. */
export function settled(before: Books | null, now: Books, today: string, nowMs: number): boolean {
  const { status, period } = now.subscription
  const inPeriod = status !== 'active' || period === null || (period.starts_on <= today && today < period.ends_on)
  // Without a seller no month is ever invoiced: waiting for it would be for ever.
  const invoiced = now.drafts.every((draft) => draft.due_at === null || draft.seller.legal_name === '' || Date.parse(draft.due_at) > nowMs)
  return inPeriod && invoiced && before !== null && before.walletVersion === now.walletVersion
}

/** A way forward in steps that the server takes at once. */
export function stepsOf(seconds: number, most: number): number[] {
  const whole = Math.floor(seconds / most)
  const rest = seconds - whole * most
  return [...Array.from({ length: whole }, () => most), ...(rest > 0 ? [rest] : [])]
}
