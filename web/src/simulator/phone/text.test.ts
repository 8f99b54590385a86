import { describe, expect, test } from 'vitest'
import { isOnlyEmoji, oneTimeCode, parseText } from './text'

const plain = (text: string) => ({ kind: 'plain', text })

describe('parseText', () => {
  test.each([
    ['hello', [plain('hello')]],
    ['*bold*', [{ kind: 'bold', parts: [plain('bold')] }]],
    ['a *b c* d', [plain('a '), { kind: 'bold', parts: [plain('b c')] }, plain(' d')]],
    ['2*3*4', [plain('2*3*4')]],
    ['snake_case_name', [plain('snake_case_name')]],
    ['* not bold *', [plain('* not bold *')]],
    ['*two\nlines*', [plain('*two\nlines*')]],
    ['```x = *1*```', [{ kind: 'code', text: 'x = *1*' }]],
    ['_*both*_', [{ kind: 'italic', parts: [{ kind: 'bold', parts: [plain('both')] }] }]],
    ['~old~ ñ', [{ kind: 'struck', parts: [plain('old')] }, plain(' ñ')]],
    ['see https://example.com/a_b_c.', [plain('see '), { kind: 'link', text: 'https://example.com/a_b_c', href: 'https://example.com/a_b_c' }, plain('.')]],
  ])('%s', (text, parts) => {
    expect(parseText(text)).toEqual(parts)
  })

  test('very deep marks end as text', () => {
    expect(JSON.stringify(parseText('*_~*_~*_~deep~_*~_*~_*'))).toContain('deep')
  })
})

test.each([
  ['😊', true],
  ['👍🏽 ❤️', true],
  ['👨‍👩‍👧', true],
  ['😊😊😊😊', false],
  ['ok 😊', false],
  ['123', false],
  ['', false],
])('isOnlyEmoji(%s) is %s', (text, expected) => {
  expect(isOnlyEmoji(text)).toBe(expected)
})

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
