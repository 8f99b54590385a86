// What WhatsApp itself charges for the same messages.
import { useTranslation } from 'react-i18next'
import type { WhatIf } from '../../api/planTypes'
import { money } from '../../ui/format'
import { usePlace } from '../../ui/usePlace'
import { lineWord } from '../invoices/lines'
import { marketName } from '../invoices/market'
import { grouped } from './grouped'
import { compared } from './lines'
import classes from './whatif.module.css'

export function MetaLines({ whatIf }: { whatIf: WhatIf }) {
  const { t } = useTranslation(['whatif', 'billing'])
  const { locale } = usePlace()
  const count = (n: number) => new Intl.NumberFormat(locale).format(n)
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
          {grouped(compared(whatIf.meta_lines, [])).map((group) => {
            const word = lineWord({ meter: 'conversation', category: group.category })
            return (
              <div key={group.category}>
                <dt>
                  {word ? t(`billing:category.${word}`) : group.category}
                  <details>
                    <summary>{t('meta.lines', { count: group.now.quantity, replace: { count: count(group.now.quantity) } })}</summary>
                    <ul>
                      {group.rows.map((row) => (
                        <li key={row.market}>
                          <span>{`${marketName(row.market, locale)}, ${count(row.now.quantity)}`}</span>
                          <span>{say(row.now.amountMicros)}</span>
                        </li>
                      ))}
                    </ul>
                  </details>
                </dt>
                <dd>{say(group.now.amountMicros)}</dd>
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
