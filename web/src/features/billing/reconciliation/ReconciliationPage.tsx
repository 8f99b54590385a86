// WhatsApp's bill: how much of it we can explain, message by message and day by day, and what it costs beside our own meter.
import { SegmentedControl, Tabs } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { ReconciledClass } from '../../../api/types'
import { useNow } from '../../../ui/clock'
import { dayOf } from '../../../ui/format'
import { Page } from '../../../ui/Page'
import { usePlace } from '../../../ui/usePlace'
import { BillingNav } from '../BillingNav'
import { periodDefault, periods } from '../search'
import { firstClass, firstDay } from './compare'
import { Costs } from './Costs'
import { Differences } from './Differences'
import { Explained } from './Explained'
import { useReconciliation } from './queries'
import type { ReconciliationSearch } from './search'
import classes from './reconciliation.module.css'

const route = getRouteApi('/frame/billing/reconciliation')

export function ReconciliationPage() {
  const { t } = useTranslation('reconciliation')
  const { timeZone } = usePlace()
  const now = useNow(60_000)
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = (part: ReconciliationSearch) => void navigate({ search: { ...search, ...part }, resetScroll: false })
  const period = search.period ?? periodDefault
  const today = dayOf(now, timeZone)
  const span = { from: firstDay(today, period), to: today }
  const reconciliation = useReconciliation(span)
  const shown: ReconciledClass | null = search.class ?? (reconciliation.data ? firstClass(reconciliation.data) : null)
  const periodSwitch = (
    <SegmentedControl
      size="xs"
      aria-label={t('period')}
      value={String(period)}
      onChange={(value) => change({ period: periods.find((days): days is 7 | 90 => String(days) === value && days !== periodDefault), day: undefined })}
      data={periods.map((days) => ({ value: String(days), label: t('days', { count: days }) }))}
    />
  )
  return (
    <Page title={t('title')} text={t('text')} actions={periodSwitch}>
      <BillingNav />
      <div className={classes.sections}>
        <Explained query={reconciliation} onOpen={(name, day) => change({ class: name, day, tab: undefined })} />
        <Tabs value={search.tab ?? 'messages'} onChange={(tab) => change({ tab: tab === 'cost' ? 'cost' : undefined })} keepMounted={false}>
          <Tabs.List mb="lg">
            <Tabs.Tab value="messages">{t('list.title')}</Tabs.Tab>
            <Tabs.Tab value="cost">{t('cost.tab')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="messages">{shown && <Differences shown={shown} day={search.day} span={span} reconciliation={reconciliation.data} onChange={change} />}</Tabs.Panel>
          <Tabs.Panel value="cost">
            <Costs span={span} days={period} />
          </Tabs.Panel>
        </Tabs>
      </div>
    </Page>
  )
}
