// The book of the wallet: everything that moved what is available, and the balance after it.
import { Tooltip, UnstyledButton } from '@mantine/core'
import { IconArrowBackUp, IconBuildingBank, IconGift, IconHourglassEmpty, IconLock, IconLockOpen, IconReceipt2, IconReceiptRefund, IconWallet, type TablerIcon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { StatementLine } from '../../api/types'
import { useNow } from '../../ui/clock'
import { exactTime, listTime } from '../../ui/format'
import { Money } from '../../ui/Money'
import { Empty } from '../../ui/Page'
import { ruleSentence } from '../../ui/rule'
import { usePlace } from '../../ui/usePlace'
import { useWallet } from '../../api/queries'
import { Endless, ListSkeleton } from './Endless'
import { Failed } from './Failed'
import { useStatement } from './queries'
import { useBillingSearch } from './useBillingSearch'
import classes from './billing.module.css'

const icons: Record<StatementLine['kind'], TablerIcon> = {
  top_up: IconWallet,
  grant: IconGift,
  hold: IconLock,
  void: IconLockOpen,
  charge: IconReceipt2,
  reversal: IconArrowBackUp,
  expiry: IconHourglassEmpty,
  refund: IconReceiptRefund,
  refund_failed: IconWallet,
  dispute: IconBuildingBank,
  dispute_won: IconWallet,
  credit_note: IconReceiptRefund,
}

export function Statement() {
  const { t } = useTranslation('billing')
  const currency = useWallet().data?.currency
  const statement = useStatement()
  const lines = statement.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <section aria-label={t('statement.title')}>
      <p className={classes.help}>{t('statement.help')}</p>
      {statement.isError && lines.length === 0 && <Failed text={t('statement.failed')} onRetry={() => void statement.refetch()} />}
      {statement.isPending && <ListSkeleton />}
      {statement.isSuccess && lines.length === 0 && <Empty title={t('statement.none')} text={t('statement.noneHelp')} />}
      <ul className={classes.list}>{currency && lines.map((line) => <Line key={line.id} line={line} currency={currency} />)}</ul>
      <Endless query={statement} />
    </section>
  )
}

function Line({ line, currency }: { line: StatementLine; currency: string }) {
  const { t } = useTranslation('billing')
  const place = usePlace()
  const now = useNow(60_000)
  const { change } = useBillingSearch()
  const Icon = icons[line.kind]
  const kind = t(`statement.${line.kind}`)
  const chargeId = line.charge_id
  return (
    <li className={classes.row} data-faint={line.kind === 'hold' || line.kind === 'void' || undefined}>
      <div className={classes.rowButton} data-plain>
        <Tooltip label={exactTime(line.at, place)}>
          <time dateTime={line.at} className={classes.when}>{listTime(line.at, now, place)}</time>
        </Tooltip>
        <span className={classes.who}>
          <strong className={classes.lineKind}>
            <Icon size={16} aria-hidden />
            {chargeId ? <UnstyledButton className={classes.dayLink} onClick={() => change({ charge: chargeId })}>{kind}</UnstyledButton> : kind}
          </strong>
          <span className={classes.rule} data-two>{chargeId ? ruleSentence(line.description, place.locale) : t(`statement.${line.kind}_why`)}</span>
        </span>
        <span className={classes.amount} data-plus={line.amount_micros > 0 || undefined}>
          {line.amount_micros > 0 ? '+' : ''}
          <Money micros={line.amount_micros} currency={currency} why={line.kind === 'charge' && line.amount_micros === 0 ? t('statement.charge_held_why') : t(`statement.${line.kind}_why`)} />
        </span>
        <span className={classes.after}>
          <Money micros={line.balance_after_micros} currency={currency} why={t('statement.afterWhy')} />
        </span>
      </div>
    </li>
  )
}
