// Moves a sandbox account's clock forward and watches until what fell due in between is done.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import * as calls from '../../api/calls'
import { ApiError } from '../../api/http'
import * as planCalls from '../../api/planCalls'
import { accountNow, serverSaysNow } from '../../ui/clock'
import { dayOf } from '../../ui/format'
import { settled, stepsOf, type Books } from './dueWork'

/** The server takes at most so much at once. */
const MOST_S = 90 * 86_400
const LOOK_EVERY_MS = 1500
const PATIENCE_MS = 60_000

export type ClockMove = { phase: 'still' } | { phase: 'moving' | 'working' | 'done' | 'slow'; name: string } | { phase: 'failed'; name: string; error: unknown }

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function look(): Promise<Books> {
  const [wallet, subscription, drafts] = await Promise.all([calls.wallet(), planCalls.subscription(), planCalls.drafts().catch(none)])
  return { walletVersion: wallet.version, subscription, drafts: drafts.items }
}
/** Agents see no invoices. */
function none(error: unknown): Awaited<ReturnType<typeof planCalls.drafts>> {
  if (error instanceof ApiError && error.problem.status === 403) return { items: [] }
  throw error
}

export function useClockMove(timeZone: string): { move: ClockMove; forward: (name: string, seconds: number) => void; busy: string | null } {
  const client = useQueryClient()
  const [move, setMove] = useState<ClockMove>({ phase: 'still' })
  const here = useRef(true)
  useEffect(() => {
    here.current = true
    return () => {
      here.current = false
    }
  }, [])

  const forward = async (name: string, seconds: number) => {
    setMove({ phase: 'moving', name })
    for (const step of stepsOf(seconds, MOST_S)) serverSaysNow((await calls.advanceClock(step)).now)
    setMove({ phase: 'working', name })
    const until = Date.now() + PATIENCE_MS
    let before: Books | null = null
    let done = false
    while (here.current && !done && Date.now() < until) {
      await sleep(LOOK_EVERY_MS)
      const now = await look()
      done = settled(before, now, dayOf(accountNow(), timeZone), accountNow())
      before = now
    }
    // Days went by: whatever was known of money, use and periods is of another day.
    await client.invalidateQueries()
    setMove({ phase: done ? 'done' : 'slow', name })
  }
  return {
    move,
    forward: (name, seconds) => void forward(name, seconds).catch((error: unknown) => setMove({ phase: 'failed', name, error })),
    busy: move.phase === 'moving' || move.phase === 'working' ? move.name : null,
  }
}
