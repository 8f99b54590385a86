// What a line is, in the reader's language: its kind, and the facts that tell it from others.
import { useTranslation } from 'react-i18next'
import type { InvoiceLine } from '../../api/planTypes'
import { usePlace } from '../../ui/usePlace'
import { daysText, dayText } from '../plans/days'
import { lineWord } from './lines'
import { marketName } from './market'

export function useLineText(): (line: InvoiceLine) => { what: string; facts: string } {
  const { t } = useTranslation(['invoices', 'billing'])
  const { locale } = usePlace()
  return (line) => {
    const word = lineWord(line)
    const kind = word ? t(`billing:category.${word}`) : line.description
    const conversation = line.meter === 'conversation'
    const facts = [
      daysText(line.first_day, line.last_day, locale),
      conversation ? marketName(line.market, locale) : '',
      line.plan && line.meter !== 'tax' ? t('lines.plan', { plan: capital(line.plan) }) : '',
      conversation ? t('lines.card', { day: dayText(line.card_effective_from, locale) }) : '',
    ]
    return { what: conversation && word ? t('lines.conversations', { category: kind }) : kind, facts: facts.filter(Boolean).join(' · ') }
  }
}

const capital = (code: string): string => code.charAt(0).toUpperCase() + code.slice(1)
