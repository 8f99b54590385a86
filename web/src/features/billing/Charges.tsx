// Every charge, newest first: when, for whom, why, how much. Each opens to its rate and its message.
import { ActionIcon, Button, Select, TextInput, Tooltip } from '@mantine/core'
import { IconDownload, IconX } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { chargesCsv, type ChargeQuery } from '../../api/calls'
import type { Charge } from '../../api/types'
import { useNow } from '../../ui/clock'
import { exactTime, listTime } from '../../ui/format'
import { Money } from '../../ui/Money'
import { AnchorLink } from '../../ui/links'
import { Empty } from '../../ui/Page'
import { ruleSentence } from '../../ui/rule'
import { usePlace } from '../../ui/usePlace'
import { Endless, ListSkeleton } from './Endless'
import { Failed } from './Failed'
import { useCharges } from './queries'
import { allCharges, chargeCategories, type BillingSearch } from './search'
import { usePartName } from './spending/names'
import { useBillingSearch } from './useBillingSearch'
import classes from './billing.module.css'

export function Charges() {
  const { t } = useTranslation('billing')
  const { search } = useBillingSearch()
  const charges = useCharges(asked(search))
  const items = charges.data?.pages.flatMap((page) => page.items) ?? []
  const filtered = Object.keys(allCharges).some((name) => search[name as keyof typeof search] !== undefined)
  const section = useRef<HTMLElement>(null)

  // A day chosen in the chart above: its charges come into sight.
  useEffect(() => {
    if (search.day) section.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
  }, [search.day])

  return (
    <section aria-label={t('charges.title')} ref={section} className={classes.charges}>
      <Filters />
      {charges.isError && items.length === 0 && <Failed text={t('charges.failed')} onRetry={() => void charges.refetch()} />}
      {charges.isPending && <ListSkeleton />}
      {charges.isSuccess && items.length === 0 && <NoCharges filtered={filtered} />}
      <ul className={classes.list}>
        {items.map((charge) => (
          <ChargeRow key={charge.id} charge={charge} />
        ))}
      </ul>
      <Endless query={charges} />
    </section>
  )
}

const asked = (search: BillingSearch): ChargeQuery => ({
  category: search.category,
  meter: search.meter,
  market: search.market,
  number_id: search.number,
  flow_id: search.flow,
  from: search.day,
  to: search.day,
})

/** What a part of a bar narrowed the list to. */
function Narrowed() {
  const { t } = useTranslation('spend')
  const { search, change } = useBillingSearch()
  const names = { meter: usePartName('meter'), market: usePartName('market'), number: usePartName('number'), flow: usePartName('flow') }
  return (['meter', 'market', 'number', 'flow'] as const).map((way) => {
    const key = search[way]
    if (!key) return null
    const name = t(`filter.${way}`, { name: names[way](key) })
    return (
      <Button key={way} variant="light" size="sm" fw={500} rightSection={<IconX size={14} aria-hidden />} aria-label={t('filter.any', { name })} onClick={() => change({ [way]: undefined })}>
        {name}
      </Button>
    )
  })
}

function Filters() {
  const { t } = useTranslation('billing')
  const { search, change } = useBillingSearch()
  const csv = chargesCsv(asked(search))
  return (
    <div className={classes.filters}>
      <Select
        size="sm"
        aria-label={t('charges.category')}
        placeholder={t('charges.anyCategory')}
        data={chargeCategories.map((value) => ({ value, label: t(`category.${value}`) }))}
        value={search.category ?? null}
        clearable
        clearButtonProps={{ 'aria-label': t('charges.anyCategory') }}
        onChange={(value) => change({ category: chargeCategories.find((category) => category === value) })}
      />
      <TextInput
        size="sm"
        type="date"
        aria-label={t('charges.day')}
        value={search.day ?? ''}
        onChange={(event) => change({ day: event.currentTarget.value || undefined })}
        rightSection={
          search.day && (
            <ActionIcon size={24} aria-label={t('charges.anyDay')} onClick={() => change({ day: undefined })}>
              <IconX size={14} />
            </ActionIcon>
          )
        }
      />
      <Narrowed />
      <Button component="a" href={csv} download variant="default" leftSection={<IconDownload size={16} />} className={classes.csv}>
        {t('charges.csv')}
      </Button>
    </div>
  )
}

function ChargeRow({ charge }: { charge: Charge }) {
  const { t } = useTranslation('billing')
  const place = usePlace()
  const now = useNow(60_000)
  const { change } = useBillingSearch()
  const rule = ruleSentence(charge.rule, place.locale)
  return (
    <li className={classes.row}>
      <button type="button" className={classes.rowButton} onClick={() => change({ charge: charge.id })}>
        <Tooltip label={exactTime(charge.at, place)}>
          <time dateTime={charge.at} className={classes.when}>{listTime(charge.at, now, place)}</time>
        </Tooltip>
        <span className={classes.who}>
          <strong><bdi>{charge.customer?.name ?? t(`category.${charge.category}`)}</bdi></strong>
          <span className={classes.rule}>{rule}</span>
        </span>
        <span className={classes.kind}>
          <span className={classes.swatch} data-category={charge.category} aria-hidden />
          {charge.reverses_id ? t('charges.correction') : t(`category.${charge.category}`)}
        </span>
        <span className={classes.amount}>
          <Money micros={charge.amount_micros} currency={charge.currency} why={rule} />
        </span>
      </button>
    </li>
  )
}

function NoCharges({ filtered }: { filtered: boolean }) {
  const { t } = useTranslation('billing')
  const { change } = useBillingSearch()
  if (!filtered) return <Empty title={t('charges.none')} text={t('charges.noneHelp')} action={<AnchorLink to="/chats">{t('charges.noneAction')}</AnchorLink>} />
  const showAll = (
    <Button variant="default" onClick={() => change(allCharges)}>
      {t('charges.showAll')}
    </Button>
  )
  return <Empty title={t('charges.noneFiltered')} text={t('charges.noneFilteredHelp')} action={showAll} />
}
