import { expect, test } from 'vitest'
import { amountsOf, typedOf } from './thresholds'

test.each([
  [[], []],
  [['5', '0'], [5_000_000, 0]],
  [['12.50'], [12_500_000]],
  [['five'], null],
  [['-1'], null],
  [['5', ''], null],
  [['100001'], null],
])('%j is %j', (typed, amounts) => expect(amountsOf(typed)).toEqual(amounts))

test('what was set is written as it was typed', () => expect(typedOf([12_500_000, 0])).toEqual(['12.5', '0']))
