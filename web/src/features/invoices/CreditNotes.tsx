// What was given back of an invoice, and who could.
import { Button } from '@mantine/core'
import { IconFileTypePdf } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { creditNoteFile } from '../../api/planCalls'
import type { Invoice } from '../../api/planTypes'
import { money } from '../../ui/format'
import { usePlace } from '../../ui/usePlace'
import { dayText } from '../plans/days'
import { useLineText } from './useLineText'
import classes from './invoices.module.css'

export function CreditNotes({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation('invoices')
  const { locale } = usePlace()
  const lineText = useLineText()
  const say = (micros: number) => money(micros, invoice.currency, locale)
  const named = (n: number, description: string) => {
    const line = invoice.lines.find((one) => one.n === n)
    return line ? lineText(line).what : description
  }
  return (
    <section className={classes.section} aria-label={t('notes.title')}>
      <h2>{t('notes.title')}</h2>
      {invoice.credit_notes.map((note) => (
        <div key={note.id} className={classes.note} data-testid="credit-note">
          <div className={classes.sectionHead}>
            <strong>{t('notes.number', { number: note.number })}</strong>
            <Button component="a" href={creditNoteFile(note.id)} target="_blank" size="compact-sm" variant="default" leftSection={<IconFileTypePdf size={16} />} aria-label={t('notes.pdf', { number: note.number })}>
              {t('list.pdf')}
            </Button>
          </div>
          <p className={classes.dim}>{t('notes.text', { day: dayText(note.issued_on, locale), reason: note.reason })}</p>
          <dl className={classes.noteLines}>
            {note.lines.map((line) => (
              <div key={line.line_n}>
                <dt>{t('notes.line', { n: String(line.line_n), what: named(line.line_n, line.description) })}</dt>
                <dd>{say(-line.amount_micros)}</dd>
              </div>
            ))}
            {note.tax_micros !== 0 && (
              <div>
                <dt>{t('notes.tax')}</dt>
                <dd>{say(-note.tax_micros)}</dd>
              </div>
            )}
            <div data-sum>
              <dt>{t('totals.total')}</dt>
              <dd>{say(-note.total_micros)}</dd>
            </div>
          </dl>
        </div>
      ))}
      <p className={classes.dim}>{t('notes.operator')}</p>
    </section>
  )
}
