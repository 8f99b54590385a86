// Invoices: what is not invoiced yet, what was issued, and who they are for.
import { Skeleton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Invoice, InvoiceBrief } from '../../api/planTypes'
import { factTime, money, shortDate } from '../../ui/format'
import { Money } from '../../ui/Money'
import { Empty, Page } from '../../ui/Page'
import { StatusBadge } from '../../ui/StatusBadge'
import { usePlace } from '../../ui/usePlace'
import { BillingNav } from '../billing/BillingNav'
import { Endless, ListSkeleton } from '../billing/Endless'
import { Failed } from '../billing/Failed'
import { MoneyOnly } from '../billing/MoneyOnly'
import { dayText, monthText } from '../plans/days'
import { Details } from './Details'
import { Files } from './Files'
import { monthKey } from './lines'
import { useDrafts, useInvoices } from './queries'
import classes from './invoices.module.css'

export function InvoicesPage() {
  const { t } = useTranslation('invoices')
  return (
    <Page title={t('title')}>
      <BillingNav />
      <MoneyOnly>
        <div className={classes.sections}>
          <Drafts />
          <Issued />
          <Details />
        </div>
      </MoneyOnly>
    </Page>
  )
}

function Drafts() {
  const { t } = useTranslation('invoices')
  const { data, isError, refetch } = useDrafts()
  return (
    <section className={classes.section} aria-label={t('draft.title')}>
      <div>
        <h2>{t('draft.title')}</h2>
        <p className={classes.dim}>{t('draft.text')}</p>
      </div>
      {!data && isError && <Failed text={t('draft.failed')} onRetry={() => void refetch()} />}
      {!data && !isError && <Skeleton height={76} />}
      {data?.length === 0 && <p className={classes.dim}>{`${t('draft.empty')}. ${t('draft.emptyText')}`}</p>}
      {data && data.length > 0 && (
        <ul className={classes.drafts}>
          {data.map((draft) => (
            <Draft key={draft.month} draft={draft} />
          ))}
        </ul>
      )}
    </section>
  )
}

function Draft({ draft }: { draft: Invoice }) {
  const { t } = useTranslation('invoices')
  const place = usePlace()
  return (
    <li>
      <Link to="/billing/invoices/$invoiceId" params={{ invoiceId: monthKey(draft.month) }} className={classes.draft} data-testid="draft">
        <span className={classes.draftName}>
          <strong>{monthText(draft.month, place.locale)}</strong>
          <StatusBadge tone="plain" size="sm">
            {t('draft.badge')}
          </StatusBadge>
        </span>
        <strong className={classes.sum}>{money(draft.total_micros, draft.currency, place.locale)}</strong>
        {draft.due_at && <small title={factTime(draft.due_at, place)}>{t('draft.due', { day: shortDate(draft.due_at, place) })}</small>}
      </Link>
    </li>
  )
}

function Issued() {
  const { t } = useTranslation('invoices')
  const invoices = useInvoices()
  const items = invoices.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <section className={classes.section} aria-label={t('list.title')}>
      <h2>{t('list.title')}</h2>
      {invoices.isError && items.length === 0 && <Failed text={t('failed')} onRetry={() => void invoices.refetch()} />}
      {invoices.isPending && <ListSkeleton />}
      {invoices.isSuccess && items.length === 0 && <Empty title={t('list.none')} text={t('list.noneText')} />}
      {items.length > 0 && (
        <ul className={classes.list}>
          {items.map((invoice) => (
            <Row key={invoice.id} invoice={invoice} />
          ))}
        </ul>
      )}
      {invoices.hasNextPage && <Endless query={invoices} />}
    </section>
  )
}

function Row({ invoice }: { invoice: InvoiceBrief }) {
  const { t } = useTranslation('invoices')
  const { locale } = usePlace()
  return (
    <li className={classes.row} data-testid="invoice">
      <Link to="/billing/invoices/$invoiceId" params={{ invoiceId: invoice.id }} className={classes.rowLink}>
        <span className={classes.month}>{monthText(invoice.month, locale)}</span>
        <span className={classes.number}>
          {invoice.number}
          {invoice.sandbox && (
            <StatusBadge tone="plain" size="sm">
              {t('list.sandbox')}
            </StatusBadge>
          )}
        </span>
        <span className={classes.issued}>{dayText(invoice.issued_on, locale)}</span>
        <span className={classes.sum}>
          <Money micros={invoice.total_micros} currency={invoice.currency} />
          {invoice.credited_micros > 0 && <small>{t('list.credited', { amount: money(invoice.credited_micros, invoice.currency, locale) })}</small>}
        </span>
      </Link>
      <Files id={invoice.id} number={invoice.number} />
    </li>
  )
}
