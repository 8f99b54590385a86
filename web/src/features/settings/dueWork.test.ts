import { describe, expect, it } from 'vitest'
import { settled, stepsOf, type Books } from './dueWork'

const seller = { legal_name: 'Hobnob Ltd', address: '', country: '', state: '', tax_id: '', email: '' }
const period = { starts_on: '2026-12-07', ends_on: '2027-01-07', days: 31, days_left: 20 }
const books: Books = { walletVersion: 7, subscription: { status: 'active', period }, drafts: [{ due_at: '2027-01-03T00:00:00Z', seller }] }
const at = Date.parse('2026-12-20T12:00:00Z')

describe('due work', () => {
  it('is done when the period holds today and the money stands still', () => expect(settled(books, books, '2026-12-20', at)).toBe(true))
  it('is not done at the first look, nor while money moves', () => {
    expect(settled(null, books, '2026-12-20', at)).toBe(false)
    expect(settled({ ...books, walletVersion: 6 }, books, '2026-12-20', at)).toBe(false)
  })
  it('is not done while the period is an old one', () => expect(settled(books, books, '2027-01-07', at)).toBe(false))
  it('is not done while a month waits for its invoice, unless nobody is there to issue it', () => {
    const waiting: Books = { ...books, drafts: [{ due_at: '2026-12-03T00:00:00Z', seller }] }
    expect(settled(waiting, waiting, '2026-12-20', at)).toBe(false)
    const nobody: Books = { ...books, drafts: [{ due_at: '2026-12-03T00:00:00Z', seller: { ...seller, legal_name: '' } }] }
    expect(settled(nobody, nobody, '2026-12-20', at)).toBe(true)
  })
  it('waits for no period where none runs', () => {
    const none: Books = { ...books, subscription: { status: 'ended', period: null } }
    expect(settled(none, none, '2030-01-01', at)).toBe(true)
  })
})

it('a long way is cut into steps', () => {
  expect(stepsOf(250, 90)).toEqual([90, 90, 70])
  expect(stepsOf(90, 90)).toEqual([90])
  expect(stepsOf(10, 90)).toEqual([10])
})
