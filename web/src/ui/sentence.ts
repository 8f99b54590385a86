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

export const fieldError = (error: unknown, field: string): string | undefined => (error instanceof ApiError ? error.field(field) : undefined)
export const codeOf = (error: unknown): string | null => (error instanceof ApiError ? error.code : null)
