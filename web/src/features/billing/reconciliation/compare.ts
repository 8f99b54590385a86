// What stands beside what: messages by class, WhatsApp's cost beside ours, what we reckon beside what WhatsApp said. Pure.
import type { Breakdown, ProviderCost, ReconciledClass, ReconciledMessage, Reconciliation } from '../../../api/types'
import { dayDate } from '../spend'
import { classes } from './search'

const DAY_MS = 24 * 3600 * 1000

/** The first of `days` days of which `today` is the last. */
export const firstDay = (today: string, days: number): string => new Date(dayDate(today).getTime() - (days - 1) * DAY_MS).toISOString().slice(0, 10)

export interface ClassShare {
  class: ReconciledClass
  messages: number
  micros: number
  percent: number
}

/** Each class with its share of the messages, those to look at first. */
export function sharesOf(reconciliation: Reconciliation): ClassShare[] {
  return classes.map((name) => {
    const total = reconciliation.classes.find((each) => each.class === name)
    const messages = total?.messages ?? 0
    return { class: name, messages, micros: total?.amount_micros ?? 0, percent: reconciliation.messages > 0 ? (messages / reconciliation.messages) * 100 : 0 }
  })
}

/** The class to look at first: the gravest that has messages. */
export const firstClass = (reconciliation: Reconciliation): ReconciledClass => sharesOf(reconciliation).find((share) => share.messages > 0)?.class ?? 'price_differs'

export interface ClassDay extends Record<ReconciledClass, number> {
  day: string
}

/** Every day of the span, also those without messages, so that the axis does not jump. */
export function daysOf(reconciliation: Reconciliation): ClassDay[] {
  const known = new Map(reconciliation.days.map((day) => [day.day, day]))
  const last = dayDate(reconciliation.until).getTime()
  const days: ClassDay[] = []
  for (let at = dayDate(reconciliation.since).getTime(); at <= last; at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10)
    const found = known.get(day)
    days.push({ day, match: found?.match ?? 0, timing: found?.timing ?? 0, missing: found?.missing ?? 0, price_differs: found?.price_differs ?? 0 })
  }
  return days
}

export interface Beside {
  name: string
  messages: number
  unpriced: number
  theirMicros: number
  ourMicros: number
}

/** WhatsApp's cost and ours by the same names; what only one of them knows has 0 on the other side. Dearest first. */
export function besideOf(parts: ProviderCost['categories'], ours: Breakdown | undefined): Beside[] {
  const keys = new Map((ours?.keys ?? []).filter((key) => key.key !== '').map((key) => [key.key, key.amount_micros]))
  const theirs = parts.map((part) => ({ name: part.name, messages: part.messages, unpriced: part.unpriced, theirMicros: part.amount_micros, ourMicros: keys.get(part.name) ?? 0 }))
  const named = new Set(parts.map((part) => part.name))
  const onlyOurs = [...keys].filter(([name, micros]) => !named.has(name) && micros !== 0).map(([name, ourMicros]) => ({ name, messages: 0, unpriced: 0, theirMicros: 0, ourMicros }))
  return [...theirs, ...onlyOurs].sort((a, b) => b.theirMicros + b.ourMicros - a.theirMicros - a.ourMicros || b.messages - a.messages || a.name.localeCompare(b.name))
}

export interface BesideDay {
  day: string
  theirMicros: number
  ourMicros: number
  messages: number
}

/** By day, every day of our span there. Ours is the conversation meter: steps and plans have no counterpart. */
export function besideDays(cost: ProviderCost, ours: Breakdown | undefined): BesideDay[] {
  const theirs = new Map(cost.days.map((day) => [day.day, day]))
  const days: Pick<Breakdown['days'][number], 'day' | 'amounts'>[] = ours?.days ?? cost.days.map((day) => ({ day: day.day, amounts: {} }))
  return days.map(({ day, amounts }) => ({
    day,
    theirMicros: theirs.get(day)?.amount_micros ?? 0,
    ourMicros: amounts.conversation ?? 0,
    messages: theirs.get(day)?.messages ?? 0,
  }))
}

export type Member = 'type' | 'category' | 'billable'
export interface Line {
  member: Member
  ours: string | boolean | null
  theirs: string | boolean | null
  differs: boolean
}

/** The members of WhatsApp's pricing object, what we reckon beside each. */
export function linesOf(message: Pick<ReconciledMessage, 'reckoned' | 'told' | 'differences'>): Line[] {
  const { reckoned, told, differences } = message
  const line = (member: Member, ours: Line['ours'], theirs: Line['theirs'] | undefined): Line => ({ member, ours, theirs: theirs ?? null, differs: differences.includes(member) })
  return [line('type', reckoned.kind, told?.type), line('category', reckoned.category, told?.category), line('billable', reckoned.billable, told?.billable)]
}
