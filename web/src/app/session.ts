// Leaving: what was known is forgotten, and the sign-in page keeps the address to come back to. Drafts outlive a session that
// ended by itself, for whoever signs in again; whoever signs out leaves none behind.
import * as calls from '../api/calls'
import { queryClient } from '../api/queryClient'
import { drafts } from '../features/inbox/composer/drafts'
import { outgoing } from '../features/inbox/outgoing'

let goToSignIn: () => void = () => undefined
export function whenLeaving(go: () => void): void {
  goToSignIn = go
}
export function leave(): void {
  goToSignIn()
  queryClient.clear()
  outgoing.forgetAll()
}

export const signOut = (): Promise<void> => goAfter(calls.signOut)
export const signOutEverywhere = (): Promise<void> => goAfter(calls.signOutEverywhere)

async function goAfter(call: () => Promise<unknown>): Promise<void> {
  await call()
  drafts.forgetAll()
  leave()
}
