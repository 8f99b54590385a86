// Keyboard shortcuts: single keys and "g then letter". Silent while someone types or a dialog is open.
import { useEffect, useRef } from 'react'

type Handlers = Record<string, (event: KeyboardEvent) => void>
const SEQUENCE_MS = 1200

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
const busy = () => document.querySelector('[role="dialog"], [role="menu"]') !== null

/** Keys are named as the browser names them ("j", "Enter", "?"); a sequence is "g c". */
export function useKeys(handlers: Handlers): void {
  const latest = useRef(handlers)
  useEffect(() => {
    latest.current = handlers
  })
  useEffect(() => {
    let first = { key: '', at: 0 }
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || busy()) return
      const sequence = `${first.key} ${event.key}`
      const inTime = event.timeStamp - first.at < SEQUENCE_MS
      const handler = (inTime ? latest.current[sequence] : undefined) ?? latest.current[event.key]
      first = { key: event.key, at: event.timeStamp }
      if (!handler) return
      event.preventDefault()
      handler(event)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
}
