import { expect, it } from 'vitest'
import { newId } from './uuid'

it('is a version 7 id that sorts by time', () => {
  const ids = [1_000, 2_000, 1_795_000_000_000].map((at) => newId(at))
  expect([...ids].sort()).toEqual(ids)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(parseInt(newId(1_795_000_000_000).replaceAll('-', '').slice(0, 12), 16)).toBe(1_795_000_000_000)
})
