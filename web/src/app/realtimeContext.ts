// The one live connection, for whoever shows its state or says what it looks at.
import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Link, Realtime } from '../api/realtime'

export const RealtimeContext = createContext<Realtime | null>(null)

export function useRealtime(): Realtime {
  const realtime = useContext(RealtimeContext)
  if (!realtime) throw new Error('Pages that listen live inside the frame.')
  return realtime
}
export function useLink(): Link {
  const realtime = useRealtime()
  return useSyncExternalStore(realtime.subscribe, realtime.current)
}
