// Net, taxes, total, and what is left after credit notes.
import { useTranslation } from 'react-i18next'
import type { Invoice } from '../../api/planTypes'
import { money } from '../../ui/format'
import { usePlace } from '../../ui/usePlace'
import { ratePercent, remaining } from './lines'
import classes from './invoices.module.css'

export function Totals({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation('invoices')
  const { locale } = usePlace()
  const say = (micros: number) => money(micros, invoice.currency, locale)
  return (
    <dl className={classes.totals} data-testid="totals">
      <div>
        <dt>{t('totals.net')}</dt>
        <dd>{say(invoice.net_micros)}</dd>
      </div>
      {invoice.rounding_micros !== 0 && (
        <div data-faint>
          <dt>{t('totals.rounding')}</dt>
          <dd>{say(invoice.rounding_micros)}</dd>
        </div>
      )}
      {invoice.taxes.map((tax) => (
        <div key={`${tax.type} ${tax.rate_ppm}`}>
          <dt>{t('totals.tax', { name: tax.name, rate: ratePercent(tax.rate_ppm, locale), base: say(tax.base_micros) })}</dt>
          <dd>{say(tax.amount_micros)}</dd>
        </div>
      ))}
      {invoice.taxes.length === 0 && (
        <div data-faint>
          <dt>{t('totals.noTax')}</dt>
          <dd>{say(0)}</dd>
        </div>
      )}
      <div data-sum>
        <dt>{t('totals.total')}</dt>
        <dd data-testid="total">{say(invoice.total_micros)}</dd>
      </div>
      {invoice.credited_micros !== 0 && (
        <>
          <div>
            <dt>{t('totals.credited')}</dt>
            <dd>{say(-invoice.credited_micros)}</dd>
          </div>
          <div data-sum>
            <dt>{t('totals.remaining')}</dt>
            <dd>{say(remaining(invoice))}</dd>
          </div>
        </>
      )}
      {invoice.state === 'issued' && <p className={classes.dim}>{t('detail.paid')}</p>}
    </dl>
  )
}
