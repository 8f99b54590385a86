// Words of days, and of the axis of amounts. Pure.

/** A calendar day has no hour and no zone: reading it as noon keeps it on its own date everywhere. */
export const dayDate = (day: string): Date => new Date(`${day}T12:00:00Z`)

export const dayName = (day: string, locale: string, form: 'short' | 'full'): string =>
  new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    ...(form === 'short' ? { day: 'numeric', month: 'short' } : { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
  }).format(dayDate(day))

/** Words of the axis: as few decimals as tell the marks apart. */
export function axisMoney(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 2, notation: value >= 10_000 ? 'compact' : 'standard' }).format(value)
}
