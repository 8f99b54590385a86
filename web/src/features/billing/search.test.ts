import { expect, test } from 'vitest'
import { billingSearch } from './search'

test('keeps what it knows', () => {
  const search = { tab: 'statement', period: 90, category: 'utility', day: '2026-11-23', charge: 'c1', top_up: true }
  expect(billingSearch(search)).toEqual(search)
})

test.each([
  [{ tab: 'charges' }, 'tab'],
  [{ period: 30 }, 'period'],
  [{ period: 31 }, 'period'],
  [{ category: 'gifts' }, 'category'],
  [{ day: '2026-13-40' }, 'day'],
  [{ day: 'yesterday' }, 'day'],
  [{ charge: '' }, 'charge'],
  [{ top_up: 'yes' }, 'top_up'],
])('forgets %j', (search, name) => {
  expect(billingSearch(search)[name as 'day']).toBeUndefined()
})
