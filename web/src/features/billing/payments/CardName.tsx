// A card as people know theirs: Visa ending in 4242.
import { useTranslation } from 'react-i18next'
import type { Card } from '../../../api/types'
import { brandName } from './ways'

export function useCardName(): (card: Pick<Card, 'brand' | 'last4'>) => string {
  const { t } = useTranslation('payments')
  return (card) => t('card.name', { brand: card.brand === 'test' ? t('card.test') : brandName(card.brand), last4: card.last4 })
}
