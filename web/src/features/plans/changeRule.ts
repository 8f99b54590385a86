// What a change costs and why, in the reader's language. The server writes the sentence once, in English; its parts stand at
// fixed places. A sentence of another shape is shown as it is.
import i18next from 'i18next'
import { money, MICROS } from '../../ui/format'
import { dayText } from './days'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY = String.raw`\d{1,2} [A-Z][a-z]{2} \d{4}`
const AMOUNT = String.raw`\d+(?:\.\d+)?`
const INTERVAL = 'monthly|yearly'
const later = new RegExp(`^(?<plan>.+) plan, (?<interval>${INTERVAL}), from (?<day>${DAY}): nothing is charged now\\.$`)
const difference = new RegExp(
  `^(?<from>.+) to (?<plan>.+) plan from (?<day>${DAY}): the difference of (?<amount>${AMOUNT}) (?<currency>[A-Z]{3}) for (?<left>\\d+) of (?<whole>\\d+) days\\.$`,
)
const year = new RegExp(
  `^(?<plan>.+) plan, yearly, from (?<day>${DAY}): (?<amount>${AMOUNT}) (?<currency>[A-Z]{3}) less (?<unused>${AMOUNT}) for (?<left>\\d+) unused of (?<whole>\\d+) days of the (?<from>.+) plan, monthly\\.$`,
)
const again = new RegExp(`^(?<plan>.+) plan, (?<interval>${INTERVAL}), from today: (?<amount>${AMOUNT}) (?<currency>[A-Z]{3})\\.$`)
const fixed = {
  'The subscription ends with the period that is paid. Nothing is charged.': 'ends',
  'Everything stays as it is. Nothing is charged.': 'stays',
} as const

export function isoDay(text: string): string {
  const [day = '1', month = 'Jan', yearText = '1970'] = text.split(' ')
  return `${yearText}-${String(MONTHS.indexOf(month) + 1).padStart(2, '0')}-${day.padStart(2, '0')}`
}

export function changeRule(rule: string, locale: string): string {
  const known = fixed[rule as keyof typeof fixed] as (typeof fixed)[keyof typeof fixed] | undefined
  if (known) return i18next.t(`plans:rule.${known}`)
  for (const [key, pattern] of [['later', later], ['difference', difference], ['year', year], ['again', again]] as const) {
    const parts = pattern.exec(rule)?.groups
    if (!parts) continue
    const say = (amount: string | undefined) => money(Math.round(Number(amount ?? 0) * MICROS), parts.currency ?? 'USD', locale)
    return i18next.t(`plans:rule.${key}`, {
      ...parts,
      day: parts.day ? dayText(isoDay(parts.day), locale) : '',
      interval: parts.interval ? i18next.t(`plans:interval.${parts.interval === 'yearly' ? 'yearly' : 'monthly'}`) : '',
      amount: say(parts.amount),
      unused: say(parts.unused),
    })
  }
  return rule
}
