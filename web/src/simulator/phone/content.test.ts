import { describe, expect, test } from 'vitest'
import { readInteractive, readMedia, readOrder, readReply, readTemplate } from './content'
import { preview } from './preview'

describe('what the wire brings is read safely', () => {
  test.each([null, undefined, 'text', 7, [], {}])('%j breaks nothing', (content) => {
    expect(readMedia(content).url).toBeNull()
    expect(readInteractive(content)).toMatchObject({ buttons: [], sections: [], body: '' })
    expect(readTemplate(content)).toMatchObject({ buttons: [], body: '' })
    expect(readOrder(content)).toMatchObject({ count: 0, totals: [] })
    expect(readReply('interactive', content)).toBeNull()
  })

  test('a list keeps its sections, rows and descriptions', () => {
    const list = readInteractive({ type: 'list', body: { text: 'Pick' }, action: { button: 'See', sections: [{ title: 'Today', rows: [{ id: 'r1', title: 'Ten', description: 'two left' }] }] } })
    expect(list).toMatchObject({ listButton: 'See', sections: [{ title: 'Today', rows: [{ id: 'r1', title: 'Ten', description: 'two left' }] }] })
  })

  test('an order adds up by currency', () => {
    const order = readOrder({ product_items: [{ quantity: 2, item_price: 10, currency: 'INR' }, { quantity: 1, item_price: '5', currency: 'INR' }, { quantity: 1, item_price: 3, currency: 'USD' }] })
    expect(order).toMatchObject({ count: 4, totals: [{ currency: 'INR', amount: 25 }, { currency: 'USD', amount: 3 }] })
  })

  test('a template button without an index takes its place', () => {
    expect(readTemplate({ body: 'x', buttons: [{ type: 'quick_reply', text: 'A' }, { type: 'URL', text: 'B', index: 5 }] }).buttons.map(({ index, type }) => [index, type])).toEqual([[0, 'QUICK_REPLY'], [5, 'URL']])
  })
})

test.each([
  ['text', { body: 'Hi' }, { text: 'Hi' }],
  ['image', { caption: 'Look' }, { key: 'preview.image_with', values: { text: 'Look' } }],
  ['audio', { voice: true }, { key: 'preview.voice' }],
  ['interactive', { type: 'button_reply', button_reply: { id: 'a', title: 'Yes' } }, { text: 'Yes' }],
  ['contacts', [{ name: { formatted_name: 'Rahul' } }], { key: 'preview.contact', values: { name: 'Rahul' } }],
  ['hologram', {}, { key: 'preview.other', values: { type: 'hologram' } }],
])('preview of %s', (type, content, said) => {
  expect(preview({ type, content })).toEqual(said)
})

test('a deleted message says so, whatever it was', () => {
  expect(preview({ type: 'text', content: { body: 'secret' }, deleted: true })).toEqual({ key: 'preview.deleted' })
})
