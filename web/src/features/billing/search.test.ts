import { expect, test } from 'vitest'
import { billingSearch } from './search'

const NUMBER = '01a209da-2e9f-7c57-8447-aa2a8d7059ad'

test('keeps what it knows', () => {
  const search = {
    tab: 'statement', period: 90, by: 'market', category: 'plan_fee', meter: 'step', market: 'India', number: NUMBER, flow: NUMBER,
    day: '2026-11-23', charge: 'c1', top_up: true,
  }
  expect(billingSearch(search)).toEqual(search)
})

test.each([
  [{ tab: 'charges' }, 'tab'],
  [{ period: 30 }, 'period'],
  [{ period: 31 }, 'period'],
  [{ by: 'category' }, 'by'],
  [{ by: 'colour' }, 'by'],
  [{ category: 'gifts' }, 'category'],
  [{ meter: 'x'.repeat(41) }, 'meter'],
  [{ number: '12' }, 'number'],
  [{ flow: 'a flow' }, 'flow'],
  [{ day: '2026-13-40' }, 'day'],
  [{ day: 'yesterday' }, 'day'],
  [{ charge: '' }, 'charge'],
  [{ top_up: 'yes' }, 'top_up'],
])('forgets %j', (search, name) => {
  expect(billingSearch(search)[name as 'day']).toBeUndefined()
})
