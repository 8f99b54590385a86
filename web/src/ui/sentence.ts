// The sentence to show for a failed command: the server's own, or that it could not be reached.
import { ApiError, Unreachable } from '../api/http'

export function sentence(error: unknown, unreachable: string): string {
  if (error instanceof ApiError) return error.problem.detail || error.problem.title
  if (error instanceof Unreachable) return unreachable
  return String(error)
}

export const fieldError = (error: unknown, field: string): string | undefined => (error instanceof ApiError ? error.field(field) : undefined)
export const codeOf = (error: unknown): string | null => (error instanceof ApiError ? error.code : null)
