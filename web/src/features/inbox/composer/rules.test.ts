import { describe, expect, it } from 'vitest'
import type { SendInteractive, Template } from '../../../api/types'
import * as rules from './rules'

const now = Date.parse('2026-11-23T12:00:00Z')

describe('files', () => {
  it.each([
    [{ type: 'image/jpeg', size: 10 }, { ok: true, kind: 'image' }],
    [{ type: 'audio/ogg; codecs=opus', size: 10 }, { ok: true, kind: 'audio' }],
    [{ type: 'image/gif', size: 10 }, { ok: false, why: 'type' }],
    [{ type: 'image/png', size: 5 * 1024 * 1024 + 1 }, { ok: false, why: 'size', bytesMax: 5 * 1024 * 1024 }],
    [{ type: 'application/pdf', size: 0 }, { ok: false, why: 'empty' }],
  ])('%j', (file, check) => expect(rules.checkFile(file)).toEqual(check))
})

describe('window', () => {
  it.each([
    ['2026-11-24T11:00:00Z', 'open'],
    ['2026-11-23T12:59:59Z', 'closing'],
    ['2026-11-23T12:00:00Z', 'closed'],
    [null, 'never'],
  ])('%s', (window_expires_at, state) => expect(rules.windowState({ window_expires_at }, now)).toBe(state))
})

describe('templates', () => {
  const template = {
    header_format: 'TEXT',
    parameters: { header: [{ name: '1', example: null }], body: [{ name: '1', example: null }, { name: '2', example: null }], buttons: [{ index: 1, name: '1', example: null }] },
  } as Template
  it('fills positions and names, and leaves what is missing', () => {
    expect(rules.fill('Hi {{1}}, order {{ order_id }} {{3}}', ['1', 'order_id', '3'], ['Ana', '48', ''])).toBe('Hi Ana, order 48 {{3}}')
  })
  it('is ready when every hole is filled', () => {
    const values = { header: ['a'], body: ['b', 'c'], buttons: ['d'] }
    expect(rules.templateReady(template, values, false)).toBe(true)
    expect(rules.templateReady(template, { ...values, body: ['b', ' '] }, false)).toBe(false)
    expect(rules.templateReady({ ...template, header_format: 'IMAGE' }, values, false)).toBe(false)
    expect(rules.templateParameters(template, values)).toEqual({ header: ['a'], body: ['b', 'c'], buttons: [{ index: 1, value: 'd' }] })
  })
  it('says nothing where there is nothing to fill', () => {
    const bare = { ...template, parameters: { header: [], body: [], buttons: [] } }
    expect(rules.templateParameters(bare, rules.emptyValues(bare))).toEqual({})
  })
})

describe('interactive', () => {
  const buttons = (...titles: string[]): SendInteractive => ({ kind: 'button', body: 'Pick', buttons: titles.map((title, id) => ({ id: String(id), title })) })
  const row = (title: string) => ({ id: title, title })
  it.each([
    [buttons('Yes', 'No'), null],
    [buttons('Yes', ' '), 'title'],
    [buttons('Yes', 'Yes'), 'same'],
    [{ ...buttons('Yes'), body: ' ' }, 'body'],
    [{ kind: 'list', body: 'Pick', button: '', sections: [{ rows: [row('a')] }] }, 'button'],
    [{ kind: 'list', body: 'Pick', button: 'See', sections: [{ rows: [row('a')] }, { rows: [row('b')] }] }, 'sections'],
    [{ kind: 'list', body: 'Pick', button: 'See', sections: [{ rows: [] }] }, 'title'],
    [{ kind: 'list', body: 'Pick', button: 'See', sections: [{ rows: [row('a')] }] }, null],
  ] satisfies [SendInteractive, rules.InteractiveProblem | null][])('%j', (draft, problem) => expect(rules.interactiveProblem(draft)).toBe(problem))
})
