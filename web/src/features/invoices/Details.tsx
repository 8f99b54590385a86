// Who the invoices are for, and the dialog that changes it.
import { Button, Modal, Skeleton, Tooltip } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../../api/queries'
import type { BillingProfile } from '../../api/planTypes'
import { countryName } from '../../ui/format'
import { StatusBadge } from '../../ui/StatusBadge'
import { usePlace } from '../../ui/usePlace'
import { Failed } from '../billing/Failed'
import { DetailsForm } from './DetailsForm'
import { useProfile } from './queries'
import classes from './invoices.module.css'

export function Details() {
  const { t } = useTranslation('invoices')
  const me = useMe()
  const owner = me.agent.role === 'owner'
  const { data, isError, refetch } = useProfile()
  const [editing, setEditing] = useState(false)
  return (
    <section className={classes.section} aria-label={t('details.title')} data-testid="billing-details">
      <div className={classes.sectionHead}>
        <div>
          <h2>{t('details.title')}</h2>
          <p className={classes.dim}>{t('details.text')}</p>
        </div>
        {data && (
          <Tooltip label={t('details.ownerOnly')} disabled={owner}>
            <Button variant="default" size="sm" disabled={!owner} onClick={() => setEditing(true)}>
              {data.version > 0 ? t('details.edit') : t('details.add')}
            </Button>
          </Tooltip>
        )}
      </div>
      {!data && isError && <Failed text={t('details.failed')} onRetry={() => void refetch()} />}
      {!data && !isError && <Skeleton height={92} />}
      {data && (data.version > 0 ? <Card profile={data} /> : <p className={classes.dim}>{t('details.none', { brand: me.account.name })}</p>)}
      <Modal opened={editing} onClose={() => setEditing(false)} title={t('details.title')} size={560} closeButtonProps={{ 'aria-label': t('details.close') }}>
        {data && <DetailsForm profile={data} brand={me.account.name} onDone={() => setEditing(false)} />}
      </Modal>
    </section>
  )
}

function Card({ profile }: { profile: BillingProfile }) {
  const { t } = useTranslation('invoices')
  const { locale } = usePlace()
  return (
    <div className={classes.party}>
      <strong>{profile.legal_name}</strong>
      {profile.address && <span className={classes.address}>{profile.address}</span>}
      <span>{[profile.state, profile.country && countryName(profile.country, locale)].filter(Boolean).join(', ')}</span>
      {profile.tax_id && (
        <span className={classes.taxId}>
          {`${t('detail.taxId')} `}
          <code>{profile.tax_id}</code>
          <StatusBadge tone={profile.tax_id_checked ? 'good' : 'plain'} size="sm">
            {profile.tax_id_checked ? t('details.checked') : t('details.unchecked')}
          </StatusBadge>
        </span>
      )}
      {profile.email && <span className={classes.dim}>{profile.email}</span>}
    </div>
  )
}
