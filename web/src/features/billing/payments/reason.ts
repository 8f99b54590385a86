// Why automatic top-up stands still. The server keeps one English sentence of a few known shapes; others are shown as they are.
import i18next from 'i18next'

const DECLINED = /^Declined (\d+) times: (.+)$/
const t = (key: 'card_removed' | 'declined' | 'chargeback', values: { count: number; reason: string } = { count: 0, reason: '' }) => i18next.t(`payments:reason.${key}`, values)

export function reasonText(reason: string | null): string {
  if (!reason || i18next.language === 'en') return reason ?? ''
  if (reason === 'Its card was removed.') return t('card_removed')
  const declined = DECLINED.exec(reason)
  if (declined) return t('declined', { count: Number(declined[1]), reason: declined[2] ?? '' })
  return /taken back|chargeback/i.test(reason) ? t('chargeback') : reason
}
