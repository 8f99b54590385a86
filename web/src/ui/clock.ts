// The account's clock: the server's, which a sandbox account may have moved forward, carried on by this machine's.
import { useEffect, useState } from 'react'

let aheadMs = 0

export function serverSaysNow(now: string): void {
  aheadMs = Date.parse(now) - Date.now()
}
export const accountNow = (): number => Date.now() + aheadMs

/** The account's time, told again every so often. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(accountNow)
  useEffect(() => {
    const timer = setInterval(() => setNow(accountNow()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
