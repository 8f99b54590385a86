// One charge told in full: the sentence, the rate with its card, and the message that opened it.
import { Alert, Drawer, Skeleton, UnstyledButton } from '@mantine/core'
import { IconMessageCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Charge } from '../../api/types'
import { factTime, money } from '../../ui/format'
import { ButtonLink } from '../../ui/links'
import { marketName } from '../../ui/markets'
import { ruleSentence } from '../../ui/rule'
import { sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { useCharge } from './queries'
import { dayName } from './spend'
import { usePartName } from './spending/names'
import classes from './billing.module.css'

interface Props {
  id: string | undefined
  onClose: () => void
  onOpen: (id: string) => void
}

export function ChargeDrawer({ id, onClose, onOpen }: Props) {
  const { t } = useTranslation('billing')
  const { data, error } = useCharge(id)
  return (
    <Drawer opened={id !== undefined} onClose={onClose} position="right" size={440} title={t('charge.title')} closeButtonProps={{ 'aria-label': t('charge.close') }}>
      {data && <Detail charge={data} onOpen={onOpen} />}
      {!data && error && <Alert color="red" role="alert">{sentence(error, t('charge.failed'))}</Alert>}
      {!data && !error && <Skeleton height={320} />}
    </Drawer>
  )
}

function Detail({ charge, onOpen }: { charge: Charge; onOpen: (id: string) => void }) {
  const { t } = useTranslation(['billing', 'spend'])
  const place = usePlace()
  const meterName = usePartName('meter')
  const numberName = usePartName('number')
  return (
    <div className={classes.detail}>
      <p className={classes.detailAmount}>{money(charge.amount_micros, charge.currency, place.locale)}</p>
      <p className={classes.detailRule}>{ruleSentence(charge.rule, place.locale)}</p>
      {charge.chat_id && charge.message_id && (
        <ButtonLink to="/chats/$chatId" params={{ chatId: charge.chat_id }} search={{ message: charge.message_id }} fullWidth variant="light" leftSection={<IconMessageCircle size={18} />}>
          {t('charge.message')}
        </ButtonLink>
      )}
      <dl className={classes.detailFacts}>
        <Fact name={t('charge.at')}>{factTime(charge.at, place)}</Fact>
        {charge.customer && (
          <Fact name={t('charge.customer')}>
            <bdi>{charge.customer.name}</bdi>
            {charge.customer.phone_formatted && <small>{charge.customer.phone_formatted}</small>}
          </Fact>
        )}
        <Fact name={t('charge.category')}>
          <span className={classes.kind}>
            <span className={classes.swatch} data-category={charge.category} aria-hidden />
            {t(`category.${charge.category}`)}
          </span>
        </Fact>
        {charge.meter !== 'conversation' && <Fact name={t('spend:charge.meter')}>{meterName(charge.meter)}</Fact>}
        {charge.quantity > 1 && <Fact name={t('spend:charge.quantity')}>{charge.quantity.toLocaleString(place.locale)}</Fact>}
        {charge.market && <Fact name={t('charge.market')}>{marketName(charge.market, place.locale)}</Fact>}
        {charge.number_id && <Fact name={t('spend:charge.number')}>{numberName(charge.number_id)}</Fact>}
        <Fact name={t('charge.card')}>
          {charge.rate.card}
          <small>{t('charge.version', { version: String(charge.rate.version) })}</small>
        </Fact>
        <Fact name={t('charge.effective')}>{dayName(charge.rate.effective_from.slice(0, 10), place.locale, 'full')}</Fact>
        {charge.reverses_id && (
          <Fact name={t('charge.corrects')}>
            <UnstyledButton className={classes.dayLink} onClick={() => charge.reverses_id && onOpen(charge.reverses_id)}>{t('charge.openCorrected')}</UnstyledButton>
          </Fact>
        )}
        {charge.conversation_id && <Fact name={t('charge.conversation')}><code>{charge.conversation_id}</code></Fact>}
        <Fact name={t('charge.id')}><code>{charge.id}</code></Fact>
      </dl>
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
