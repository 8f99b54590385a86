import { expect, test } from 'vitest'
import { oneTimeCode } from './oneTimeCode'

test.each([
  ["Your WhatsApp code is 482-913. Don't share it", '482913'],
  ['Code: 123456', '123456'],
  ['Tu código es 123 456', '123456'],
  ['Your code is 7 7 1 2 0 4', '771204'],
  ['Your code is 7, 7, 1, 2, 0, 4. Again', '771204'],
  ['See you at 10', null],
  ['Call 5511912345678', null],
])('oneTimeCode(%s) is %s', (body, code) => {
  expect(oneTimeCode(body)).toBe(code)
})
