// Paying: cards and automatic top-up, what people are told of the balance, and every payment with what went back of it.
import { Button, Tooltip } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useMe, useWallet } from '../../../api/queries'
import { Page } from '../../../ui/Page'
import { BillingNav } from '../BillingNav'
import { Failed } from '../Failed'
import { TopUp } from '../TopUp'
import { Alerts } from './Alerts'
import { AutoTopUpSection } from './AutoTopUpSection'
import { Cards } from './Cards'
import { PaymentDrawer } from './PaymentDrawer'
import { PaymentList } from './PaymentList'
import type { PaymentsSearch } from './search'
import classes from './payments.module.css'

const route = getRouteApi('/frame/billing/payments')

export function PaymentsPage() {
  const { t } = useTranslation(['payments', 'billing'])
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = (part: PaymentsSearch) => void navigate({ search: { ...search, ...part }, resetScroll: false })
  const wallet = useWallet()
  const owner = useMe().agent.role === 'owner'
  const currency = wallet.data?.currency
  const topUp = (
    <Tooltip label={t('billing:topUp.ownerOnly')} disabled={owner}>
      <Button leftSection={<IconPlus size={18} />} disabled={!wallet.data || !owner} onClick={() => change({ top_up: true })}>
        {t('billing:topUp.action')}
      </Button>
    </Tooltip>
  )
  return (
    <Page title={t('title')} actions={topUp}>
      <BillingNav />
      {wallet.isError && !wallet.data && <Failed text={t('billing:balance.failed')} onRetry={() => void wallet.refetch()} />}
      <div className={classes.columns}>
        <div className={classes.column}>
          <Cards />
          <AutoTopUpSection currency={currency} />
        </div>
        <div className={classes.column}>
          <Alerts currency={currency} />
        </div>
      </div>
      <PaymentList onOpen={(payment) => change({ payment })} />
      {wallet.data && owner && <TopUp wallet={wallet.data} opened={search.top_up === true} onClose={() => change({ top_up: undefined })} />}
      <PaymentDrawer id={search.payment} onClose={() => change({ payment: undefined })} />
    </Page>
  )
}
