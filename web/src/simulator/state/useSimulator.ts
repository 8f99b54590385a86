/** Joins the snapshot and the live line into one state, and loads afresh after every reconnect. */
import { createContext, useContext, useEffect, useReducer, useRef } from 'react'

import { control } from '../control/client'
import { keepLive } from '../control/live'
import type { LiveFrame } from '../control/types'
import { initialState, reduce, type Action, type PageState } from './reducer'

export interface Simulator {
  page: PageState
  reload: () => Promise<void>
}

async function loadSnapshot(): Promise<Action> {
  const [state, templates, log] = await Promise.all([control.state(), control.templates(), control.log()])
  const chats = await Promise.all(
    state.phones.map(async ({ phone }) => [phone, await control.chats(phone)] as const),
  )
  return { kind: 'snapshot', state, templates, log, chats: Object.fromEntries(chats), atMs: Date.now() }
}

export function useSimulatorState(): Simulator {
  const [page, dispatch] = useReducer(reduce, initialState)
  const reloadRef = useRef<() => Promise<void>>(() => Promise.resolve())

  useEffect(() => {
    let stopped = false
    let loads = 0
    // Frames that arrive while a snapshot is on its way wait here, so that the older snapshot cannot undo them.
    let held: LiveFrame[] | null = null

    const reload = async () => {
      const load = ++loads
      held ??= []
      const answer = await loadSnapshot().catch((): Action => ({ kind: 'load-failed' }))
      if (stopped || load !== loads) return
      dispatch(answer)
      if (held.length > 0) dispatch({ kind: 'frames', frames: held, atMs: Date.now() })
      held = null
    }
    reloadRef.current = reload

    const refreshTemplates = async () => {
      try {
        const templates = await control.templates()
        if (!stopped) dispatch({ kind: 'templates', templates })
      } catch {
        // The line's own reconnect reloads everything.
      }
    }

    const close = keepLive({
      onOpen: () => {
        dispatch({ kind: 'connection', connection: 'live' })
        void reload()
      },
      onFrames: (frames) => {
        if (held) held.push(...frames)
        else dispatch({ kind: 'frames', frames, atMs: Date.now() })
        if (frames.some((frame) => frame.type === 'state')) void refreshTemplates()
      },
      onLost: () => {
        dispatch({ kind: 'connection', connection: 'reconnecting' })
        dispatch({ kind: 'load-failed' })
      },
    })
    return () => {
      stopped = true
      close()
    }
  }, [])

  return { page, reload: () => reloadRef.current() }
}

const SimulatorContext = createContext<Simulator | null>(null)
export const SimulatorProvider = SimulatorContext.Provider

export function useSimulator(): Simulator {
  const simulator = useContext(SimulatorContext)
  if (!simulator) throw new Error('useSimulator outside SimulatorProvider')
  return simulator
}
