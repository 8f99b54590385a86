// The lines: what, how many, at which price, how much.
import { Tooltip } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Invoice, InvoiceLine } from '../../api/planTypes'
import { money } from '../../ui/format'
import { usePlace } from '../../ui/usePlace'
import { parted, ratePercent } from './lines'
import { useLineText } from './useLineText'
import classes from './invoices.module.css'

export function Lines({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation('invoices')
  const { current, late } = parted(invoice.lines)
  if (invoice.lines.length === 0) return <p className={classes.dim}>{t('lines.none')}</p>
  return (
    <div className={classes.tableBox}>
      <table className={classes.lines} aria-label={t('lines.title')}>
        <thead>
          <tr>
            <th>{t('lines.what')}</th>
            <th>{t('lines.quantity')}</th>
            <th>{t('lines.unit')}</th>
            <th>{t('lines.amount')}</th>
          </tr>
        </thead>
        <tbody>
          {current.map((line) => (
            <Line key={line.n} line={line} currency={invoice.currency} />
          ))}
        </tbody>
        {late.length > 0 && (
          <tbody>
            <tr>
              <th colSpan={4} scope="rowgroup" className={classes.group}>
                {t('lines.late')}
              </th>
            </tr>
            {late.map((line) => (
              <Line key={line.n} line={line} currency={invoice.currency} />
            ))}
          </tbody>
        )}
      </table>
    </div>
  )
}

function Line({ line, currency }: { line: InvoiceLine; currency: string }) {
  const { t } = useTranslation('invoices')
  const { locale } = usePlace()
  const { what, facts } = useLineText()(line)
  const say = (micros: number) => money(micros, currency, locale)
  const taxes = line.taxes.map((tax) => t('lines.taxes', { name: tax.name, rate: ratePercent(tax.rate_ppm, locale), amount: say(tax.amount_micros) }))
  const hint = [...(line.charged_micros !== line.amount_micros ? [t('lines.exact', { amount: say(line.charged_micros) })] : []), ...taxes].join(' · ')
  return (
    <tr data-testid="line">
      <td>
        {what}
        <small>{facts}</small>
      </td>
      <td data-label={t('lines.quantity')}>{new Intl.NumberFormat(locale).format(line.quantity)}</td>
      <td data-label={t('lines.unit')}>{line.unit_micros === null ? '' : say(line.unit_micros)}</td>
      <td>
        <Tooltip label={hint} disabled={!hint} multiline maw={320}>
          <span>{say(line.amount_micros)}</span>
        </Tooltip>
      </td>
    </tr>
  )
}
