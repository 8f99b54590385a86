// Keyboard shortcuts: single keys and "g then letter". Silent while someone types or a dialog is open.
import { useEffect, useRef } from 'react'

type Handlers = Record<string, (event: KeyboardEvent) => void>
const SEQUENCE_MS = 1200

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
/** Enter on what has the focus presses it; only the link to what is open already has nothing left to do. */
const pressed = (event: KeyboardEvent) =>
  event.key === 'Enter' && event.target instanceof Element && event.target.closest('a:not([aria-current="page"]), button, summary, [role="button"], [role="radio"], [role="switch"], [role="tab"]') !== null
const dialogOpen = () => document.querySelector('[role="dialog"], [role="menu"]') !== null
// Seen before anybody hears the key: the Escape that closes a dialog must not do anything behind it, even if the dialog is
// gone by the time it gets there.
let busy = false
window.addEventListener('keydown', () => (busy = dialogOpen()), true)

/** Keys are named as the browser names them ("j", "Enter", "?"); a sequence is "g c". */
export function useKeys(handlers: Handlers): void {
  const latest = useRef(handlers)
  useEffect(() => {
    latest.current = handlers
  })
  useEffect(() => {
    let first = { key: '', at: 0 }
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || pressed(event) || busy) return
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
