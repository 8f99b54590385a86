// Billing: balance and runway first, then spend, then charges.
import { useTranslation } from 'react-i18next'

export function BillingPage() {
  const { t } = useTranslation('billing')
  return <main aria-label={t('title')} />
}
