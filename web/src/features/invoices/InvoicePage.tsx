// One invoice, or the draft of a month: who, what, how much, its taxes and what was given back.
import { Alert, Skeleton } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Invoice, PartyShown } from '../../api/planTypes'
import { countryName, shortDate } from '../../ui/format'
import { AnchorLink } from '../../ui/links'
import { Page } from '../../ui/Page'
import { sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { BillingNav } from '../billing/BillingNav'
import { daysText, dayText, monthText } from '../plans/days'
import { CreditNotes } from './CreditNotes'
import { Files } from './Files'
import { Lines } from './Lines'
import { useInvoice } from './queries'
import { Totals } from './Totals'
import classes from './invoices.module.css'

const route = getRouteApi('/frame/billing/invoices/$invoiceId')

export function InvoicePage() {
  const { t } = useTranslation('invoices')
  const { locale } = usePlace()
  const { invoiceId } = route.useParams()
  const { data, error } = useInvoice(invoiceId)
  const title = data ? (data.number ? t('detail.title', { number: data.number }) : t('detail.draftTitle', { month: monthText(data.month, locale) })) : t('title')
  return (
    <Page title={title} actions={data?.id && data.number ? <Files id={data.id} number={data.number} size="sm" /> : undefined}>
      <BillingNav />
      <AnchorLink to="/billing/invoices" className={classes.back}>
        <IconArrowLeft size={16} aria-hidden />
        {t('detail.back')}
      </AnchorLink>
      {!data && error && (
        <Alert color="red" role="alert" title={t('detail.failed')}>
          {sentence(error, t('unreachable'))}
        </Alert>
      )}
      {!data && !error && <Skeleton height={420} />}
      {data && <Sheet invoice={data} />}
    </Page>
  )
}

function Sheet({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation('invoices')
  const place = usePlace()
  const draft = invoice.state === 'draft'
  return (
    <div className={classes.sections}>
      {draft && invoice.due_at && <Alert className={classes.notice}>{t('detail.draftText', { day: shortDate(invoice.due_at, place) })}</Alert>}
      {!draft && invoice.sandbox && <Alert className={classes.notice}>{t('detail.sandboxText')}</Alert>}
      <div className={classes.parties}>
        <PartyBlock title={t('detail.seller')} party={invoice.seller} none={t('detail.noSeller')} />
        <PartyBlock title={t('detail.buyer')} party={invoice.buyer} none="" />
        <dl className={classes.facts}>
          {invoice.issued_on && <Fact name={t('detail.issuedOn')} value={dayText(invoice.issued_on, place.locale)} />}
          <Fact name={t('detail.period')} value={daysText(invoice.first_day, invoice.last_day, place.locale)} hint={t('detail.zone', { zone: invoice.time_zone })} />
          {invoice.place_of_supply && <Fact name={t('detail.place')} value={invoice.place_of_supply} />}
        </dl>
      </div>
      <Lines invoice={invoice} />
      <Totals invoice={invoice} />
      {invoice.notes.length > 0 && (
        <ul className={classes.notes}>
          {invoice.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {!draft && <CreditNotes invoice={invoice} />}
    </div>
  )
}

function Fact({ name, value, hint }: { name: string; value: string; hint?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {hint && <small>{hint}</small>}
      </dd>
    </div>
  )
}

function PartyBlock({ title, party, none }: { title: string; party: PartyShown; none: string }) {
  const { t } = useTranslation('invoices')
  const { locale } = usePlace()
  // A sandbox's placeholder of a seller has a name but no country.
  const known = none === '' || (party.legal_name !== '' && party.country !== '')
  const land = party.country ? countryName(party.country, locale) : ''
  return (
    <div className={classes.party}>
      <h2>{title}</h2>
      {known ? <strong>{party.legal_name}</strong> : <span className={classes.dim}>{none}</span>}
      {party.address && <span className={classes.address}>{party.address}</span>}
      {(party.state || land) && <span>{[party.state, land].filter(Boolean).join(', ')}</span>}
      {party.tax_id && (
        <span className={classes.taxId}>
          {`${t('detail.taxId')} `}
          <code>{party.tax_id}</code>
        </span>
      )}
    </div>
  )
}
