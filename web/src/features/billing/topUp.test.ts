import { expect, test } from 'vitest'
import { amountError, amountMicros } from './topUp'

test.each([
  [50, 50_000_000],
  ['12.50', 12_500_000],
  ['0.1', 100_000],
  [1.005, 1_000_000],
  [4.35, 4_350_000],
  ['', null],
  ['  ', null],
  ['12,5', null],
  [NaN, null],
])('amountMicros(%s) is %s', (typed, micros) => {
  expect(amountMicros(typed)).toBe(micros)
})

test.each([
  [null, 'missing'],
  [0, 'tooSmall'],
  [990_000, 'tooSmall'],
  [1_000_000, null],
  [100_000_000_000, null],
  [100_000_010_000, 'tooLarge'],
])('amountError(%s) is %s', (micros, error) => {
  expect(amountError(micros)).toBe(error)
})
