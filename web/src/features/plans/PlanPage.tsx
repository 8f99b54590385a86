// The plan: what the account has and uses, what other plans would have cost on its own last days, and changing it.
import { useTranslation } from 'react-i18next'
import { useMe } from '../../api/queries'
import { Page } from '../../ui/Page'
import { BillingNav } from '../billing/BillingNav'
import { Current } from './Current'
import { Plans } from './Plans'
import { Use } from './Use'
import classes from './plans.module.css'

export function PlanPage() {
  const { t } = useTranslation('plans')
  const owner = useMe().agent.role === 'owner'
  return (
    <Page title={t('title')}>
      <BillingNav />
      <div className={classes.sections}>
        <Current owner={owner} />
        <Use />
        <Plans owner={owner} />
      </div>
    </Page>
  )
}
