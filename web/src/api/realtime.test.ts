import { expect, it } from 'vitest'
import { retryDelay } from './realtime'

it('waits longer each time, up to a limit, and never all at once', () => {
  expect([0, 1, 2].map((attempt) => retryDelay(attempt, 1))).toEqual([500, 1000, 2000])
  expect(retryDelay(40, 1)).toBe(15_000)
  expect(retryDelay(0, 0)).toBe(250)
})
