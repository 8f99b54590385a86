// The sentence to show for a failed command: the server's own, or that it could not be reached.
// The server speaks English; in other languages its code is looked up, and its own words stay where the code is new.
import i18next from 'i18next'
import { ApiError, Unreachable } from '../api/http'
import type { Problem } from '../api/types'

export function problemSentence(problem: Problem): string {
  const own = problem.detail || problem.title
  if (i18next.language === 'en') return own
  return i18next.t(`errors.${problem.code}`, { defaultValue: own })
}

export function sentence(error: unknown, unreachable: string): string {
  if (error instanceof ApiError) return problemSentence(error.problem)
  if (error instanceof Unreachable) return unreachable
  return String(error)
}

/** What is wrong with one field. Its own few words are English: in other languages the whole sentence stands there. */
export function fieldError(error: unknown, field: string): string | undefined {
  const own = error instanceof ApiError ? error.field(field) : undefined
  if (!own || !(error instanceof ApiError)) return undefined
  return i18next.language === 'en' ? own.charAt(0).toUpperCase() + own.slice(1) : problemSentence(error.problem)
}
export const codeOf = (error: unknown): string | null => (error instanceof ApiError ? error.code : null)
