// What there is, how long it lasts, what is held, and which credit it is made of.
import { Alert, Progress, Skeleton, Tooltip } from '@mantine/core'
import { IconAlertTriangle, IconGift, IconWallet } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Wallet } from '../../api/types'
import { Money } from '../../ui/Money'
import { exactTime, money, shortDate } from '../../ui/format'
import { usePlace } from '../../ui/usePlace'
import { Failed } from './Failed'
import { isLow, runway } from './runway'
import { MonthSoFar } from './spending/MonthSoFar'
import classes from './billing.module.css'

interface Props {
  wallet: Wallet | undefined
  failed: boolean
  onRetry: () => void
}

export function Balance({ wallet, failed, onRetry }: Props) {
  const { t } = useTranslation('billing')
  if (!wallet && failed) return <Failed text={t('balance.failed')} onRetry={onRetry} />
  return (
    <section className={classes.balance} aria-label={t('balance.title')}>
      <div className={classes.summary}>
        <h2>{t('balance.title')}</h2>
        {wallet ? <Amounts wallet={wallet} /> : <Skeleton height={112} />}
      </div>
      <MonthSoFar />
      <div className={classes.blocks}>
        <h2>{t('blocks.title')}</h2>
        {wallet ? <Blocks wallet={wallet} /> : <Skeleton height={112} />}
      </div>
      {wallet && isLow(wallet) && <LowBalance wallet={wallet} />}
    </section>
  )
}

function Amounts({ wallet }: { wallet: Wallet }) {
  const { t } = useTranslation('billing')
  const { locale } = usePlace()
  const say = (micros: number) => money(micros, wallet.currency, locale)
  const lasting = runway(wallet)
  const why = t('balance.why', { paid: say(wallet.paid_micros), promo: say(wallet.promo_micros), held: say(wallet.held_micros) })
  return (
    <>
      <p className={classes.big} aria-live="polite" data-testid="available">
        <Money micros={wallet.available_micros} currency={wallet.currency} why={why} />
      </p>
      <p className={classes.runway}>{lasting.key === 'days' ? t('runway.days', { count: lasting.count }) : t(`runway.${lasting.key}`)}</p>
      <dl className={classes.facts}>
        <div>
          <dt>{t('balance.held')}</dt>
          <dd data-testid="held"><Money micros={wallet.held_micros} currency={wallet.currency} why={t('balance.heldWhy')} /></dd>
        </div>
        <div>
          <dt>{t('balance.today')}</dt>
          <dd data-testid="spent-today"><Money micros={wallet.spent_today_micros} currency={wallet.currency} why={t('balance.todayWhy')} /></dd>
        </div>
      </dl>
    </>
  )
}

function Blocks({ wallet }: { wallet: Wallet }) {
  const { t } = useTranslation('billing')
  const place = usePlace()
  if (wallet.blocks.length === 0) return <p className={classes.dim}>{t('blocks.empty')}</p>
  return (
    <ul className={classes.blockList} tabIndex={0} aria-label={t('blocks.title')}>
      {wallet.blocks.map((block) => {
        const share = block.amount_micros > 0 ? (block.remaining_micros / block.amount_micros) * 100 : 0
        const of = t('blocks.of', { amount: money(block.amount_micros, wallet.currency, place.locale) })
        return (
          <li key={block.id}>
            <div className={classes.blockLine}>
              <span className={classes.blockKind}>
                {block.kind === 'promo' ? <IconGift size={16} aria-hidden /> : <IconWallet size={16} aria-hidden />}
                {t(`blocks.${block.kind}`)}
              </span>
              <span>
                <Money micros={block.remaining_micros} currency={wallet.currency} /> <span className={classes.dim}>{of}</span>
              </span>
            </div>
            <Progress value={share} size={5} color={block.kind === 'promo' ? 'var(--cat-authentication)' : 'teal'} aria-label={of} />
            <Tooltip label={exactTime(block.expires_at ?? block.created_at, place)}>
              <span className={classes.dim}>
                {block.expires_at ? t('blocks.expires', { day: shortDate(block.expires_at, place) }) : t('blocks.added', { day: shortDate(block.created_at, place) })}
              </span>
            </Tooltip>
          </li>
        )
      })}
    </ul>
  )
}

function LowBalance({ wallet }: { wallet: Wallet }) {
  const { t } = useTranslation('billing')
  const { locale } = usePlace()
  const empty = wallet.available_micros <= 0
  return (
    <Alert className={classes.low} data-empty={empty || undefined} icon={<IconAlertTriangle />} title={empty ? t('low.emptyTitle') : t('low.title', { amount: money(wallet.low_balance_micros, wallet.currency, locale) })}>
      {empty ? t('low.emptyText') : t('low.text')}
    </Alert>
  )
}
