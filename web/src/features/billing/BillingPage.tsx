// Billing: balance and runway first, then spend by day, then every charge with its reason, and the statement.
import { Button, Tabs, Tooltip } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useMe, useWallet } from '../../api/queries'
import { Page } from '../../ui/Page'
import { Balance } from './Balance'
import { BillingNav } from './BillingNav'
import { ChargeDrawer } from './ChargeDrawer'
import { Charges } from './Charges'
import { Spend } from './spending/Spend'
import { Statement } from './Statement'
import { TopUp } from './TopUp'
import { useBillingSearch } from './useBillingSearch'
import classes from './billing.module.css'

export function BillingPage() {
  const { t } = useTranslation('billing')
  const { search, change } = useBillingSearch()
  const wallet = useWallet()
  const owner = useMe().agent.role === 'owner'
  const topUp = (
    <Tooltip label={t('topUp.ownerOnly')} disabled={owner}>
      <Button leftSection={<IconPlus size={18} />} disabled={!wallet.data || !owner} onClick={() => change({ top_up: true })}>
        {t('topUp.action')}
      </Button>
    </Tooltip>
  )
  return (
    <Page title={t('title')} actions={topUp}>
      <BillingNav />
      <div className={classes.sections}>
        <Balance wallet={wallet.data} failed={wallet.isError} onRetry={() => void wallet.refetch()} />
        <Spend />
        <Tabs value={search.tab ?? 'charges'} onChange={(tab) => change({ tab: tab === 'statement' ? 'statement' : undefined })} keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="charges">{t('charges.title')}</Tabs.Tab>
            <Tabs.Tab value="statement">{t('statement.title')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="charges">
            <Charges />
          </Tabs.Panel>
          <Tabs.Panel value="statement">
            <Statement />
          </Tabs.Panel>
        </Tabs>
      </div>
      {wallet.data && owner && <TopUp wallet={wallet.data} opened={search.top_up === true} onClose={() => change({ top_up: undefined })} />}
      <ChargeDrawer id={search.charge} onClose={() => change({ charge: undefined })} onOpen={(charge) => change({ charge })} />
    </Page>
  )
}
