// How times, money and sizes are written. Pure: the locale and the account's time zone come in.
export interface Place {
  locale: string
  timeZone: string
}

/** Amounts are whole millionths of the currency: 15000 is 0.015 USD. */
export const MICROS = 1_000_000
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** As many decimals as matter, never fewer than a price needs, and the code as in every sentence: 0.0118 USD, 12.00 USD. */
export function money(micros: number, currency: string, locale: string): string {
  const decimals = /^-?\d+\.(\d*?)0*$/.exec((micros / MICROS).toFixed(6))?.[1]?.length ?? 0
  const digits = Math.max(2, decimals)
  const amount = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${amount.format(micros / MICROS)}\u00a0${currency}`
}

/** For small places: two decimals, rounded down so that nobody sees money that is not there. */
export function moneyShort(micros: number, currency: string, locale: string): string {
  const cents = Math.floor(micros / 10_000)
  return new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(cents / 100)
}

const formats = new Map<string, Intl.DateTimeFormat>()
function formatter(place: Place, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([place, options])
  const known = formats.get(key) ?? new Intl.DateTimeFormat(place.locale, { timeZone: place.timeZone, ...options })
  formats.set(key, known)
  return known
}

/** Where a day has twice twelve hours nobody writes 09:05 AM; where it has 24, 09:05 lines up with 14:02. */
const hourStyle = (locale: string): '2-digit' | 'numeric' =>
  new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions().hour12 ? 'numeric' : '2-digit'

export const clockTime = (at: string | number, place: Place): string =>
  formatter(place, { hour: hourStyle(place.locale), minute: '2-digit' }).format(new Date(at))

/** What a hover says. */
export const exactTime = (at: string | number, place: Place): string =>
  formatter(place, { dateStyle: 'full', timeStyle: 'medium' }).format(new Date(at))

/** Among other facts: Nov 23, 2026, 1:29 PM. */
export const factTime = (at: string | number, place: Place): string =>
  formatter(place, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at))

/** A moment inside a sentence: Wed, 18 Nov, 10:08. */
export const moment = (at: string | number, place: Place): string =>
  formatter(place, { weekday: 'short', day: 'numeric', month: 'short', hour: hourStyle(place.locale), minute: '2-digit' }).format(new Date(at))

export const shortDate = (at: string | number, place: Place): string =>
  formatter(place, { day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(at))

/** The calendar day in the account's time zone, as 2026-11-23. */
export const dayOf = (at: string | number, timeZone: string): string =>
  formatter({ locale: 'en-CA', timeZone }, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(at))

/** How many calendar days ago, in the account's time zone. */
export function daysAgo(at: string | number, now: number, timeZone: string): number {
  return Math.round((Date.parse(dayOf(now, timeZone)) - Date.parse(dayOf(at, timeZone))) / DAY_MS)
}

const capital = (text: string, locale: string) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)

/** The separator between two days of a thread: Today, Yesterday, Monday, 3 March 2026. */
export function dayLabel(at: string, now: number, place: Place): string {
  const days = daysAgo(at, now, place.timeZone)
  if (days <= 1) return capital(new Intl.RelativeTimeFormat(place.locale, { numeric: 'auto' }).format(-days, 'day'), place.locale)
  if (days < 7) return capital(formatter(place, { weekday: 'long' }).format(new Date(at)), place.locale)
  return formatter(place, { day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(at))
}

/** The time in a list: 14:02 today, Yesterday, Mon, 3 Mar, 3 Mar 2025. */
export function listTime(at: string, now: number, place: Place): string {
  const days = daysAgo(at, now, place.timeZone)
  if (days <= 0) return clockTime(at, place)
  if (days === 1) return capital(new Intl.RelativeTimeFormat(place.locale, { numeric: 'auto' }).format(-1, 'day'), place.locale)
  if (days < 7) return capital(formatter(place, { weekday: 'short' }).format(new Date(at)), place.locale)
  const sameYear = dayOf(at, place.timeZone).slice(0, 4) === dayOf(now, place.timeZone).slice(0, 4)
  return formatter(place, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }).format(new Date(at))
}

/** Time left, in the two largest units: 23 h 14 m, 5 m 20 s. Null once it is over. */
export function timeLeft(until: string | null, now: number, locale: string): string | null {
  const left = until ? Math.floor((Date.parse(until) - now) / 1000) : 0
  if (left <= 0) return null
  const unit = (value: number, name: 'hour' | 'minute' | 'second') =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'narrow' }).format(value)
  const hours = Math.floor(left / 3600)
  const minutes = Math.floor((left % 3600) / 60)
  if (hours > 0) return `${unit(hours, 'hour')} ${unit(minutes, 'minute')}`
  if (minutes >= 10) return unit(minutes, 'minute')
  return minutes > 0 ? `${unit(minutes, 'minute')} ${unit(left % 60, 'second')}` : unit(left, 'second')
}

/** How long a sound or a video is, as players write it: 1:05. */
export const playTime = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

export function fileSize(bytes: number, locale: string): string {
  const units = ['kilobyte', 'megabyte', 'gigabyte'] as const
  // Single bytes tell nobody anything.
  let size = Math.max(bytes / 1000, Math.min(bytes, 1))
  let index = 0
  while (size >= 1000 && index < units.length - 1) {
    size /= 1000
    index += 1
  }
  const digits = size < 10 && index > 0 ? 1 : 0
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[index] ?? 'kilobyte',
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(size)
}

/** Two letters for an avatar; the last digits when the name is a number; an emoji stays whole. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter((word) => /[\p{L}]/u.test(word))
  if (words.length === 0) return name.replace(/\D/gu, '').slice(-2) || (/./u.exec(name.trim())?.[0] ?? '?')
  const letter = (word: string | undefined) => /\p{L}/u.exec(word ?? '')?.[0] ?? ''
  return (letter(words[0]) + (words.length > 1 ? letter(words.at(-1)) : '')).toUpperCase()
}

const flagOffset = 0x1f1e6 - 'A'.charCodeAt(0)
export const flag = (country: string): string =>
  String.fromCodePoint(...[0, 1].map((index) => country.toUpperCase().charCodeAt(index) + flagOffset))
export const countryName = (country: string, locale: string): string =>
  new Intl.DisplayNames([locale], { type: 'region' }).of(country.toUpperCase()) ?? country
