import { expect, it } from 'vitest'
import { boxOf } from './boxes'

it.each([
  [1200, 900, { width: 320, height: 240 }],
  [600, 1100, { width: 207, height: 380 }],
  [100, 2000, { width: 160, height: 380 }],
  [4000, 400, { width: 320, height: 32 }],
  [null, null, { width: 320, height: 240 }],
])('%s × %s', (width, height, box) => expect(boxOf(width, height)).toEqual(box))
