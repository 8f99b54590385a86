// Stripe's own script takes the numbers of cards, in frames of its own. It must come from Stripe and is fetched only where a
// card is asked for. Only what is used of it is described here.
const SCRIPT = 'https://js.stripe.com/v3/'

interface Refusal {
  error?: { message?: string }
}
interface Mounted {
  mount(place: HTMLElement): void
  destroy(): void
  on(event: 'ready' | 'loaderror', handler: () => void): void
}
export interface StripeElements {
  create(kind: 'payment'): Mounted
}
interface Confirming {
  elements: StripeElements
  confirmParams: { return_url: string }
  redirect: 'if_required'
}
export interface Stripe {
  elements(options: { clientSecret: string; locale: string; appearance: { theme: 'stripe' | 'night' } }): StripeElements
  confirmPayment(options: Confirming): Promise<Refusal>
  confirmSetup(options: Confirming): Promise<Refusal & { setupIntent?: { id: string } }>
  handleNextAction(options: { clientSecret: string }): Promise<Refusal>
}
declare global {
  interface Window {
    Stripe?: (publishableKey: string) => Stripe
  }
}

/** The script could not be fetched: no connection, or something in the browser keeps it out. */
export class StripeUnreachable extends Error {}

let fetching: Promise<void> | null = null
function script(): Promise<void> {
  fetching ??= new Promise<void>((resolve, reject) => {
    const element = document.createElement('script')
    element.src = SCRIPT
    element.onload = () => resolve()
    element.onerror = () => {
      element.remove()
      fetching = null
      reject(new StripeUnreachable('stripe'))
    }
    document.head.append(element)
  })
  return fetching
}

export async function openStripe(publishableKey: string): Promise<Stripe> {
  if (!window.Stripe) await script()
  if (!window.Stripe) throw new StripeUnreachable('stripe')
  return window.Stripe(publishableKey)
}
