// Calendar days as the server writes them, told to people. A day has no hour and no zone: noon keeps it on its own date.
const at = (day: string): Date => new Date(`${day}T12:00:00Z`)
const DAY_MS = 86_400_000

export const dayText = (day: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' }).format(at(day))

export const dayShort = (day: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'short' }).format(at(day))

export const monthText = (day: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { timeZone: 'UTC', month: 'long', year: 'numeric' }).format(at(day))

/** From one day to the last that still belongs: 1–30 Nov 2026. */
export const daysText = (first: string, last: string, locale: string): string =>
  first === last
    ? new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' }).format(at(first))
    : new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' }).formatRange(at(first), at(last))

export const dayBefore = (day: string): string => new Date(at(day).getTime() - DAY_MS).toISOString().slice(0, 10)

/** The first days of the last months, the month of `day` first. */
export function monthsBack(day: string, count: number): string[] {
  const [year = 1970, month = 1] = day.split('-').map(Number)
  return Array.from({ length: count }, (_, index) => new Date(Date.UTC(year, month - 1 - index, 1)).toISOString().slice(0, 10))
}

/** The moment a calendar day begins in a time zone, in milliseconds since 1970. */
export function startOfDay(day: string, timeZone: string): number {
  const utc = Date.parse(`${day}T00:00:00Z`)
  const once = utc - offsetMs(utc, timeZone)
  // Once more from there: a zone may have changed its offset in between.
  return utc - offsetMs(once, timeZone)
}

function offsetMs(moment: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).formatToParts(moment)
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value)
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - Math.floor(moment / 1000) * 1000
}
