// Why something was charged, in the reader's language. The server writes the sentence once, in English, and keeps it with the
// charge; its parts stand at fixed places, so that they can be said anew. A sentence of another shape is shown as it is.
import i18next from 'i18next'
import { countries } from './countries'
import { money, MICROS } from './format'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const KINDS = { Marketing: 'marketing', Utility: 'utility', Authentication: 'authentication', Service: 'service', 'Free-entry-point': 'referral_conversion' } as const
const MOMENT = String.raw`\d{1,2} [A-Z][a-z]{2}, \d\d:\d\d`
const opening = new RegExp(
  `^(?<kind>${Object.keys(KINDS).join('|')}) conversation with a customer (?:in (?<place>.+)|of unknown country), opened by your (?<opener>template|reply) delivered (?<opened>${MOMENT}): (?<outcome>.+)$`,
)
const priced = new RegExp(
  String.raw`^(?:(?<amount>\d+\.\d+) (?<currency>[A-Z]{3})|one of the (?<included>[\d,]+) included this month), (?<plan>.+) plan, card of (?<card>\d{1,2} [A-Z][a-z]{2} \d{4})\. Everything until (?<until>${MOMENT}) is included\.$`,
)
const unpriced = /^not charged, because no rate card of the plan ["'](?<plan>.+)["'] in (?<currency>[A-Z]{3}) was in force then\.$/
const TAKEN_BACK = 'Taken back, because a message delivered earlier was reported later: '
const HELD = ' Paid from what was set aside.'

type Parts = Partial<Record<string, string>>
const partsOf = (pattern: RegExp, text: string): Parts | undefined => pattern.exec(text)?.groups

/** `rule` as the server wrote it; anything but English is said in `locale`. */
export function ruleSentence(rule: string, locale: string): string {
  if (i18next.language === 'en') return rule
  return spoken(rule, locale) ?? rule
}

/** The sentence out of its parts, also in English; null when it is none that we know. */
export function spoken(rule: string, locale: string): string | null {
  if (rule.startsWith(TAKEN_BACK)) {
    const inner = spoken(rule.slice(TAKEN_BACK.length), locale)
    return inner === null ? null : i18next.t('billing:rule.taken_back', { rule: inner })
  }
  if (rule.endsWith(HELD)) {
    const inner = spoken(rule.slice(0, -HELD.length), locale)
    return inner === null ? null : i18next.t('billing:rule.held', { rule: inner })
  }
  const parts = partsOf(opening, rule)
  const outcome = parts?.outcome ? outcomeOf(parts.outcome, locale) : null
  if (!parts || outcome === null) return null
  return i18next.t('billing:rule.opening', {
    kind: i18next.t(`billing:rule.kind.${KINDS[parts.kind as keyof typeof KINDS]}`),
    place: parts.place ? i18next.t('billing:rule.place', { country: placeName(parts.place, locale) }) : i18next.t('billing:rule.nowhere'),
    opener: i18next.t(`billing:rule.opener.${parts.opener === 'template' ? 'template' : 'reply'}`),
    opened: momentText(parts.opened ?? '', locale),
    outcome,
  })
}

function outcomeOf(text: string, locale: string): string | null {
  const free = partsOf(unpriced, text)
  if (free) return i18next.t('billing:rule.unpriced', { plan: free.plan, currency: free.currency })
  const paid = partsOf(priced, text)
  if (!paid) return null
  const cost = paid.included
    ? i18next.t('billing:rule.included', { number: Number(paid.included.replaceAll(',', '')).toLocaleString(locale) })
    : money(Math.round(Number(paid.amount) * MICROS), paid.currency ?? '', locale).replace('\u00a0', ' ')
  return i18next.t('billing:rule.priced', {
    cost,
    plan: paid.plan,
    card: dayText(paid.card ?? '', locale),
    until: momentText(paid.until ?? '', locale),
  })
}

const english = new Intl.DisplayNames('en', { type: 'region' })
/** The server's name of a country, in the reader's language. */
function placeName(name: string, locale: string): string {
  const bare = name.replace(/^the /, '')
  const country = countries.find((each) => english.of(each.country) === bare)?.country
  if (!country || locale.startsWith('en')) return name
  return new Intl.DisplayNames(locale, { type: 'region' }).of(country) ?? name
}

// Days and hours are the account's already: they are moved by no time zone, only written anew.
const utc = (day: string, month: string, year = '2024') => Date.UTC(Number(year), MONTHS.indexOf(month), Number(day))
const dateText = (at: number, locale: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale.startsWith('en') ? 'en-GB' : locale, { timeZone: 'UTC', day: 'numeric', month: 'short', ...options }).format(at).replace('Sept', 'Sep')

function momentText(moment: string, locale: string): string {
  const [date = '', time = ''] = moment.split(', ')
  const [day = '', month = ''] = date.split(' ')
  return `${dateText(utc(day, month), locale, {})}, ${time}`
}

function dayText(text: string, locale: string): string {
  const [day = '', month = '', year = ''] = text.split(' ')
  return dateText(utc(day, month, year), locale, { year: 'numeric' })
}
