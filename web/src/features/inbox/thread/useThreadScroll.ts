// Keeps the eye where it was: at the bottom new messages push up; higher up nothing moves, whatever is added where.
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react'

const BOTTOM_PX = 60
const EDGE_PX = 700
const MARKED_MS = 2500

interface Edges {
  /** False while newer messages exist that were not loaded. */
  atNewest: boolean
  onTop: () => void
  onBottom: () => void
}
export interface ThreadScroll {
  scroller: RefObject<HTMLDivElement | null>
  content: RefObject<HTMLDivElement | null>
  away: boolean
  toBottom: () => void
  toMessage: (id: string) => boolean
}

/** The first message that ends below the top edge, found by halves: threads may be long. */
function firstVisible(content: HTMLElement, top: number): HTMLElement | undefined {
  const messages = content.querySelectorAll<HTMLElement>('[data-message]')
  let low = 0
  let high = messages.length
  while (low < high) {
    const middle = (low + high) >> 1
    const message = messages[middle]
    if (message && message.offsetTop + message.offsetHeight <= top) low = middle + 1
    else high = middle
  }
  return messages[low]
}

export function useThreadScroll(rows: unknown, edges: Edges): ThreadScroll {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const stuck = useRef(true)
  const anchor = useRef<{ id: string; offset: number } | null>(null)
  const latest = useRef(edges)
  const [away, setAway] = useState(false)
  useEffect(() => {
    latest.current = edges
  })

  const remember = useCallback(() => {
    const box = scroller.current
    const inside = content.current
    if (!box || !inside) return
    stuck.current = latest.current.atNewest && box.scrollHeight - box.scrollTop - box.clientHeight < BOTTOM_PX
    setAway(!stuck.current)
    const visible = firstVisible(inside, box.scrollTop)
    anchor.current = visible?.dataset.message ? { id: visible.dataset.message, offset: visible.offsetTop - box.scrollTop } : null
  }, [])

  const settle = useCallback(() => {
    const box = scroller.current
    if (!box) return
    if (stuck.current) box.scrollTop = box.scrollHeight
    else if (anchor.current) {
      const element = document.getElementById(`message-${anchor.current.id}`)
      if (element) box.scrollTop += element.offsetTop - box.scrollTop - anchor.current.offset
    }
    remember()
  }, [remember])

  useLayoutEffect(settle, [rows, settle])
  useEffect(() => {
    const box = scroller.current
    const inside = content.current
    if (!box || !inside) return
    const observer = new ResizeObserver(settle)
    observer.observe(box)
    observer.observe(inside)
    const moved = () => {
      remember()
      if (box.scrollTop < EDGE_PX) latest.current.onTop()
      if (box.scrollHeight - box.scrollTop - box.clientHeight < EDGE_PX) latest.current.onBottom()
    }
    box.addEventListener('scroll', moved, { passive: true })
    return () => {
      observer.disconnect()
      box.removeEventListener('scroll', moved)
    }
  }, [remember, settle])

  const toBottom = useCallback(() => {
    stuck.current = true
    settle()
  }, [settle])
  const toMessage = useCallback(
    (id: string) => {
      const element = document.getElementById(`message-${id}`)
      if (!element) return false
      stuck.current = false
      element.scrollIntoView({ block: 'center' })
      element.animate([{ background: 'var(--hb-selected)' }, { background: 'transparent' }], { duration: MARKED_MS, easing: 'ease-in' })
      remember()
      return true
    },
    [remember],
  )
  return { scroller, content, away, toBottom, toMessage }
}
