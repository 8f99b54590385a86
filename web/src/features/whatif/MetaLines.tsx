// What WhatsApp itself charges for the same messages.
import { useTranslation } from 'react-i18next'
import type { WhatIf } from '../../api/planTypes'
import { money } from '../../ui/format'
import { usePlace } from '../../ui/usePlace'
import { lineWord } from '../invoices/lines'
import { marketName } from '../invoices/market'
import classes from './whatif.module.css'

export function MetaLines({ whatIf }: { whatIf: WhatIf }) {
  const { t } = useTranslation(['whatif', 'billing'])
  const { locale } = usePlace()
  const say = (micros: number) => money(micros, whatIf.currency, locale)
  return (
    <section className={classes.section} aria-label={t('meta.title')}>
      <div>
        <h2>{t('meta.title')}</h2>
        <p className={classes.dim}>{t('meta.text')}</p>
      </div>
      {whatIf.meta_lines.length === 0 ? (
        <p className={classes.dim}>{t('meta.none')}</p>
      ) : (
        <dl className={classes.meta}>
          {whatIf.meta_lines.map((line) => {
            const word = lineWord({ meter: 'conversation', category: line.category })
            return (
              <div key={`${line.category} ${line.market}`}>
                <dt>
                  {word ? t(`billing:category.${word}`) : line.category}
                  <small>{[new Intl.NumberFormat(locale).format(line.quantity), marketName(line.market, locale)].filter(Boolean).join(' · ')}</small>
                </dt>
                <dd>{say(line.amount_micros)}</dd>
              </div>
            )
          })}
          <div data-sum>
            <dt>{t('meta.sum')}</dt>
            <dd>{say(whatIf.meta_micros)}</dd>
          </div>
        </dl>
      )}
    </section>
  )
}
