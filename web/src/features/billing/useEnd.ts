// Tells when the end of a list comes near, so that the next page is there before it is needed.
import { useEffect, useRef } from 'react'

const AHEAD = '600px 0px'

/** `busy` ending looks again: a short page may leave the end as near as it was. */
export function useEnd(busy: boolean, onNear: () => void) {
  const end = useRef<HTMLDivElement>(null)
  const latest = useRef(onNear)
  useEffect(() => {
    latest.current = onNear
  })
  useEffect(() => {
    const mark = end.current
    if (!mark || busy) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), { rootMargin: AHEAD })
    observer.observe(mark)
    return () => observer.disconnect()
  }, [busy])
  return end
}
