// Cached answers stay until realtime says otherwise: events keep them true, so nothing is fetched again for being old.
import { QueryClient } from '@tanstack/react-query'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 5 * 60_000, gcTime: 30 * 60_000, refetchOnWindowFocus: false, retry: 2 },
  },
})
