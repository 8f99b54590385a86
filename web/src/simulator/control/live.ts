/**
 * The live line. Frames are gathered and handed over at most once per animation frame's worth of time,
 * so a busy simulator repaints the page twenty times a second, not thousands.
 */
import type { LiveFrame } from './types'

const GATHER_MS = 50
const RETRY_FIRST_MS = 500
const RETRY_LONGEST_MS = 8_000

export interface LiveHandlers {
  onOpen: () => void
  onFrames: (frames: LiveFrame[]) => void
  onLost: () => void
}

/** Keeps a WebSocket open until the returned function is called. */
export function keepLive(handlers: LiveHandlers): () => void {
  let socket: WebSocket | null = null
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let gatherTimer: ReturnType<typeof setTimeout> | undefined
  let gathered: LiveFrame[] = []
  let attempts = 0
  let stopped = false

  const flush = () => {
    gatherTimer = undefined
    const frames = gathered
    gathered = []
    handlers.onFrames(frames)
  }

  const connect = () => {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    socket = new WebSocket(`${scheme}://${location.host}/control/live`)
    socket.onopen = () => {
      attempts = 0
      handlers.onOpen()
    }
    socket.onmessage = (event: MessageEvent<string>) => {
      gathered.push(JSON.parse(event.data) as LiveFrame)
      gatherTimer ??= setTimeout(flush, GATHER_MS)
    }
    socket.onclose = () => {
      if (stopped) return
      handlers.onLost()
      retryTimer = setTimeout(connect, retryDelayMs(attempts++))
    }
  }

  connect()
  return () => {
    stopped = true
    clearTimeout(retryTimer)
    clearTimeout(gatherTimer)
    socket?.close()
  }
}

export function retryDelayMs(attempts: number): number {
  return Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** attempts)
}
