// What the parts of the spend are called.
import i18next from 'i18next'
import { useTranslation } from 'react-i18next'
import { useNumbers } from '../../../api/queries'
import type { SpendBy } from '../../../api/types'
import { marketName } from '../../../ui/markets'
import { usePlace } from '../../../ui/usePlace'
import { chargeCategories } from '../search'

/** The name of one meter, category, market, number or flow. */
export function usePartName(by: SpendBy): (key: string) => string {
  const { t } = useTranslation(['spend', 'billing'])
  const { locale } = usePlace()
  const numbers = useNumbers().data
  return (key) => {
    if (key === '') return t(`none.${by}`)
    if (by === 'meter') return i18next.exists(`spend:meter.${key}`) ? t(`meter.${key as 'step'}`) : key
    if (by === 'market') return marketName(key, locale)
    if (by === 'number') return numbers?.find((number) => number.id === key)?.phone_formatted ?? t('removedNumber')
    if (by === 'flow') return t('flowNamed', { id: key.slice(-6) })
    const category = chargeCategories.find((each) => each === key)
    return category ? t(`billing:category.${category}`) : key
  }
}
