/** Keeps a thread at its end while the reader is there; a reader further up is left alone and told how many came. */
import { useCallback, useLayoutEffect, useRef, useState, type RefCallback } from 'react'

const NEAR_END_PX = 60

export function useStickToEnd(count: number) {
  const element = useRef<HTMLDivElement | null>(null)
  const atEnd = useRef(true)
  const lastCount = useRef(count)
  const [missed, setMissed] = useState(0)

  const toEnd = useCallback(() => {
    const box = element.current
    if (box) box.scrollTop = box.scrollHeight
    setMissed(0)
  }, [])

  const ref = useCallback<RefCallback<HTMLDivElement>>((box) => {
    element.current = box
    if (!box) return
    box.scrollTop = box.scrollHeight
    const onScroll = () => {
      atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX
      if (atEnd.current) setMissed(0)
    }
    // A picture that loads, or a keyboard that opens, must not push the last message out of sight.
    const observer = new ResizeObserver(() => {
      if (atEnd.current) box.scrollTop = box.scrollHeight
    })
    observer.observe(box)
    box.addEventListener('scroll', onScroll, { passive: true })
    box.addEventListener('load', onScroll, { capture: true })
    return () => {
      observer.disconnect()
      box.removeEventListener('scroll', onScroll)
      box.removeEventListener('load', onScroll, { capture: true })
      element.current = null
    }
  }, [])

  useLayoutEffect(() => {
    const added = count - lastCount.current
    lastCount.current = count
    if (added <= 0) return
    if (atEnd.current) toEnd()
    else setMissed((before) => before + added)
  }, [count, toEnd])

  return { ref, missed, toEnd }
}
