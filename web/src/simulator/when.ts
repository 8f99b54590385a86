/** Times as a phone and a log show them, in this browser's zone and the page's language. */
const DAY_MS = 86_400_000

export function clockTime(at: string | number, language: string, withSeconds = false): string {
  return new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: withSeconds ? '2-digit' : undefined,
    hourCycle: 'h23',
  }).format(new Date(at))
}

export function fullTime(at: string | number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'medium' }).format(new Date(at))
}

export function dayKey(at: string | number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`
}

/** "today", "yesterday", then a date: as the separators of a thread say it. */
export function dayName(at: string | number, nowMs: number, language: string): string {
  for (const days of [0, 1]) {
    if (dayKey(at) === dayKey(nowMs - days * DAY_MS)) {
      const name = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-days, 'day')
      return name.charAt(0).toUpperCase() + name.slice(1)
    }
  }
  return new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(at))
}

/** In the chat list: the time today, otherwise the day. */
export function listTime(at: string | number, nowMs: number, language: string): string {
  if (dayKey(at) === dayKey(nowMs)) return clockTime(at, language)
  if (dayKey(at) === dayKey(nowMs - DAY_MS)) return dayName(at, nowMs, language)
  return new Intl.DateTimeFormat(language, { day: '2-digit', month: '2-digit', year: '2-digit' }).format(new Date(at))
}

/** Meta says a number in bare digits; people read it with its plus. */
export const withPlus = (number: string): string => (/^\d+$/.test(number) ? `+${number}` : number)

export interface Ahead {
  days: number
  hours: number
  minutes: number
}

export function splitAhead(seconds: number): Ahead {
  const minutes = Math.round(seconds / 60)
  return { days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60), minutes: minutes % 60 }
}
