// What stands in place of a page that is for owners and admins.
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Empty } from '../../ui/Page'
import { useSeesMoney } from './seesMoney'

export function MoneyOnly({ children }: { children: ReactNode }) {
  const { t } = useTranslation('plans')
  return useSeesMoney() ? children : <Empty title={t('moneyOnly.title')} text={t('moneyOnly.text')} />
}
