// Cached answers stay until realtime says otherwise: events keep them true, so nothing is fetched again for being old.
import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './http'

const TRIES_MAX = 2
/** A refusal stays a refusal; what did not arrive, or broke over there, is worth another try. */
const worthwhile = (count: number, error: Error) => count < TRIES_MAX && !(error instanceof ApiError && error.problem.status < 500)

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 5 * 60_000, gcTime: 30 * 60_000, refetchOnWindowFocus: false, retry: worthwhile },
  },
})
