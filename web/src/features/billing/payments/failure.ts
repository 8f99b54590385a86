// Why a payment did not go through, in the reader's language where its code is known; else the gateway's own words.
import i18next from 'i18next'
import type { Payment } from '../../../api/types'

export function failureText(payment: Pick<Payment, 'failure_code' | 'failure_reason'>): string {
  const own = payment.failure_reason ?? i18next.t('payments:failure.unknown')
  return payment.failure_code ? i18next.t(`payments:failure.${payment.failure_code}`, { defaultValue: own }) : own
}
