/** The simulated time, ticking. */
import { useEffect, useState } from 'react'
import { useSimulator } from './state/useSimulator'

export function useNow(everyMs = 1_000): number {
  const { clockOffsetMs } = useSimulator().page
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now + clockOffsetMs
}
