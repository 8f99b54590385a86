// The account's clock: the server's, which a sandbox account may have moved forward, carried on by this machine's.
import { useEffect, useState } from 'react'

const NOTICED_MS = 1000
let aheadMs = 0
const readers = new Set<() => void>()

export function serverSaysNow(now: string): void {
  const ahead = Date.parse(now) - Date.now()
  const moved = Math.abs(ahead - aheadMs) > NOTICED_MS
  aheadMs = ahead
  if (moved) for (const reader of readers) reader()
}
export const accountNow = (): number => Date.now() + aheadMs

/** The account's time, told again every so often, and at once when the clock was moved. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(accountNow)
  useEffect(() => {
    const tell = () => setNow(accountNow())
    const timer = setInterval(tell, everyMs)
    readers.add(tell)
    return () => {
      clearInterval(timer)
      readers.delete(tell)
    }
  }, [everyMs])
  return now
}
