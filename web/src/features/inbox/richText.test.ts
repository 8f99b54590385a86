import { describe, expect, it } from 'vitest'
import { emojiOnly, plainText, richText } from './richText'

const text = (value: string) => ({ kind: 'text', text: value })

describe('richText', () => {
  it.each([
    ['plain', [text('plain')]],
    ['', []],
    ['a *b* c', [text('a '), { kind: 'bold', pieces: [text('b')] }, text(' c')]],
    ['*_b_*', [{ kind: 'bold', pieces: [{ kind: 'italic', pieces: [text('b')] }] }]],
    ['2*3*4', [text('2*3*4')]],
    ['* not *', [text('* not *')]],
    ['snake_case_name', [text('snake_case_name')]],
    ['```x *y*```', [{ kind: 'code', text: 'x *y*' }]],
    ['~old~', [{ kind: 'strike', pieces: [text('old')] }]],
    ['*a\nb*', [text('*a\nb*')]],
  ])('%s', (source, pieces) => expect(richText(source)).toEqual(pieces))
  it('finds links and leaves the full stop out', () => {
    expect(richText('See https://example.com/a_b_c?x=1.')).toEqual([
      text('See '),
      { kind: 'link', text: 'https://example.com/a_b_c?x=1', href: 'https://example.com/a_b_c?x=1' },
      text('.'),
    ])
  })
  it('gives www an https', () => expect(richText('www.example.com')).toMatchObject([{ href: 'https://www.example.com' }]))
})

describe('plainText', () => {
  it.each([
    ['Hello *Ravi*, _see_ ~this~ ```code``` 2*3*4', 'Hello Ravi, see this code 2*3*4'],
    ['*_both_* www.example.com', 'both www.example.com'],
  ])('%s', (source, plain) => expect(plainText(source)).toBe(plain))
})

describe('emojiOnly', () => {
  it.each([
    ['❤️', true],
    ['👩‍🍳🇪🇸😀', true],
    ['😀😀😀😀', false],
    ['ok 👍', false],
    ['12', false],
    ['', false],
  ])('%s', (source, only) => expect(emojiOnly(source)).toBe(only))
})
