// The table of both plans: each category and country, then the fee, then the sum.
import { UnstyledButton } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { WhatIf } from '../../api/planTypes'
import { money } from '../../ui/format'
import { usePlace } from '../../ui/usePlace'
import { lineWord } from '../invoices/lines'
import { marketName } from '../invoices/market'
import { grouped, type Grouped } from './grouped'
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
          {grouped(compared(now.lines, then.lines)).map((group) => (
            <Group key={group.category} group={group} names={names} say={say} />
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

interface Common {
  names: { now: string; then: string }
  say: (micros: number) => string
}

/** A category; its countries fold out below it. */
function Group({ group, ...common }: Common & { group: Grouped }) {
  const { t } = useTranslation(['whatif', 'billing'])
  const { locale } = usePlace()
  const [open, setOpen] = useState(false)
  const word = lineWord({ meter: 'conversation', category: group.category })
  const name = word ? t(`billing:category.${word}`) : group.category
  const [only] = group.rows
  if (group.rows.length === 1 && only) return <Row row={only} name={name} note={marketName(only.market, locale)} {...common} />
  return (
    <>
      <Row
        row={group}
        name={
          <UnstyledButton className={classes.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
            <IconChevronRight size={16} aria-hidden />
            {name}
          </UnstyledButton>
        }
        note={t('table.countries', { count: group.rows.length })}
        {...common}
      />
      {open && group.rows.map((row) => <Row key={row.market} row={row} name={marketName(row.market, locale)} inner {...common} />)}
    </>
  )
}

interface RowProps extends Common {
  row: Pick<Compared, 'now' | 'then' | 'differenceMicros'>
  name: ReactNode
  note?: string
  inner?: boolean
}

function Row({ row, name, note, inner, names, say }: RowProps) {
  const { t } = useTranslation('whatif')
  const { locale } = usePlace()
  const count = (n: number) => new Intl.NumberFormat(locale).format(n)
  const parts = (side: Side) => (side.parts.length > 0 ? side.parts.map((part) => t('table.part', { quantity: count(part.quantity), amount: say(part.unitMicros) })).join(' + ') : '')
  return (
    <tr data-testid="what-if-line" data-inner={inner}>
      <td>
        {name}
        {note && <small>{note}</small>}
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
