// The table of both plans: each category and country, then the fee, then the sum.
import { useTranslation } from 'react-i18next'
import type { WhatIf } from '../../api/planTypes'
import { money } from '../../ui/format'
import { usePlace } from '../../ui/usePlace'
import { lineWord } from '../invoices/lines'
import { marketName } from '../invoices/market'
import { compared, type Compared, type Side, type Sums } from './lines'
import classes from './whatif.module.css'

interface Props {
  now: WhatIf
  then: WhatIf
  feeNow: number
  feeThen: number
  total: Sums
}

export function Difference({ now, then, feeNow, feeThen, total }: Props) {
  const { t } = useTranslation('whatif')
  const { locale } = usePlace()
  const say = (micros: number) => money(micros, then.currency, locale)
  const names = { now: now.plan === then.plan ? t('table.actual') : t('table.now', { plan: now.plan_name }), then: t('table.then', { plan: then.plan_name }) }
  return (
    <section className={classes.section} aria-label={t('table.title')}>
      <h2>{t('table.title')}</h2>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>{t('table.what')}</th>
            <th>{t('table.count')}</th>
            <th>{names.now}</th>
            <th>{names.then}</th>
            <th>{t('table.difference')}</th>
          </tr>
        </thead>
        <tbody>
          {compared(now.lines, then.lines).map((row) => (
            <Row key={`${row.category} ${row.market}`} row={row} names={names} say={say} />
          ))}
          <tr data-testid="fee-row">
            <td>
              {t('table.fee')}
              <small>{t('table.feeHelp')}</small>
            </td>
            <td />
            <Amount label={names.now} text={say(feeNow)} />
            <Amount label={names.then} text={say(feeThen)} />
            <Change micros={feeThen - feeNow} say={say} />
          </tr>
        </tbody>
        <tfoot>
          <tr>
            <td>{t('table.sum')}</td>
            <td />
            <Amount label={names.now} text={say(total.nowMicros)} />
            <Amount label={names.then} text={say(total.thenMicros)} />
            <Change micros={total.differenceMicros} say={say} />
          </tr>
        </tfoot>
      </table>
    </section>
  )
}

interface RowProps {
  row: Compared
  names: { now: string; then: string }
  say: (micros: number) => string
}

function Row({ row, names, say }: RowProps) {
  const { t } = useTranslation(['whatif', 'billing'])
  const { locale } = usePlace()
  const count = (n: number) => new Intl.NumberFormat(locale).format(n)
  const word = lineWord({ meter: 'conversation', category: row.category })
  const parts = (side: Side) => (side.parts.length > 0 ? side.parts.map((part) => t('table.part', { count: part.quantity, replace: { count: count(part.quantity), amount: say(part.unitMicros) } })).join(' + ') : '')
  return (
    <tr data-testid="what-if-line">
      <td>
        {word ? t(`billing:category.${word}`) : row.category}
        <small>{marketName(row.market, locale)}</small>
      </td>
      <td data-label={t('table.count')}>
        {count(row.then.quantity)}
        {row.now.quantity !== row.then.quantity && <small>{t('table.changed', { now: count(row.now.quantity), then: count(row.then.quantity), plan: names.then })}</small>}
      </td>
      <Amount label={names.now} text={say(row.now.amountMicros)} parts={parts(row.now)} />
      <Amount label={names.then} text={say(row.then.amountMicros)} parts={parts(row.then)} />
      <Change micros={row.differenceMicros} say={say} />
    </tr>
  )
}

function Amount({ label, text, parts }: { label: string; text: string; parts?: string }) {
  return (
    <td data-label={label}>
      {text}
      {parts && <small>{parts}</small>}
    </td>
  )
}

function Change({ micros, say }: { micros: number; say: (micros: number) => string }) {
  const { t } = useTranslation('whatif')
  return (
    <td data-label={t('table.difference')} data-way={micros === 0 ? undefined : micros < 0 ? 'less' : 'more'}>
      {micros > 0 ? '+' : ''}
      {say(micros)}
    </td>
  )
}
