// Stripe's form for a card: to pay with it, or to save it. What is typed here goes to Stripe, never to us.
import { Alert, Button, Group, Skeleton, Stack, useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { openStripe, type Stripe, type StripeElements } from './stripe'
import classes from './payments.module.css'

interface Props {
  publishableKey: string
  clientSecret: string
  purpose: 'pay' | 'save'
  action: string
  /** Stripe is done; for a saved card its setup's id comes along. */
  onDone: (setupId: string | null) => void
  onCancel: () => void
}

type Form = { stripe: Stripe; elements: StripeElements }

export function StripeForm({ publishableKey, clientSecret, purpose, action, onDone, onCancel }: Props) {
  const { t, i18n } = useTranslation('payments')
  const theme = useComputedColorScheme('light') === 'dark' ? 'night' : 'stripe'
  const place = useRef<HTMLDivElement>(null)
  const [form, setForm] = useState<Form | null>(null)
  const [ready, setReady] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState<string | null>(null)
  const [attempt, setAttempt] = useState(0)
  const locale = i18n.language
  const unreachable = t('stripe.unreachable')

  useEffect(() => {
    let left = false
    let mounted: { destroy: () => void } | null = null
    const open = async () => {
      const stripe = await openStripe(publishableKey)
      if (left || !place.current) return
      const elements = stripe.elements({ clientSecret, locale, appearance: { theme } })
      const card = elements.create('payment')
      card.on('ready', () => setReady(true))
      card.on('loaderror', () => setFailed(unreachable))
      card.mount(place.current)
      mounted = card
      setForm({ stripe, elements })
    }
    open().catch(() => left || setFailed(unreachable))
    return () => {
      left = true
      mounted?.destroy()
    }
  }, [publishableKey, clientSecret, locale, theme, attempt, unreachable])

  const again = () => {
    setFailed(null)
    setAttempt(attempt + 1)
  }
  const confirm = async () => {
    if (!form) return
    setBusy(true)
    setFailed(null)
    const options = { elements: form.elements, confirmParams: { return_url: location.href }, redirect: 'if_required' as const }
    try {
      const answer = purpose === 'pay' ? { ...(await form.stripe.confirmPayment(options)), setupIntent: undefined } : await form.stripe.confirmSetup(options)
      if (answer.error) setFailed(answer.error.message ?? t('stripe.refused'))
      else onDone(answer.setupIntent?.id ?? null)
    } catch {
      setFailed(unreachable)
    }
    setBusy(false)
  }

  return (
    <Stack>
      <div className={classes.stripe}>
        {!ready && !failed && <Skeleton height={220} />}
        <div ref={place} />
      </div>
      {failed && (
        <Alert color="red" role="alert">
          {failed} {!ready && <Button size="compact-sm" variant="default" onClick={again}>{t('again')}</Button>}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>{t('cancel')}</Button>
        <Button loading={busy} disabled={!ready} onClick={() => void confirm()}>{action}</Button>
      </Group>
    </Stack>
  )
}
