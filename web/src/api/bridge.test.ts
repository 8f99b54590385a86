import { describe, expect, it } from 'vitest'
import { repage } from './bridge'

const data = { pages: [{ items: ['a', 'b'], next: '1' }, { items: ['c', 'd'], next: null }], pageParams: [null, '1'] }

describe('repage', () => {
  it('lets the first page grow and keeps the other borders', () => {
    expect(repage(data, ['x', 'a', 'b', 'c', 'd']).pages.map((page) => page.items)).toEqual([['x', 'a', 'b'], ['c', 'd']])
  })
  it('keeps a list of one page whole', () => {
    const one = { pages: [{ items: ['a'], next: null }], pageParams: [null] }
    expect(repage(one, ['b', 'a']).pages[0]?.items).toEqual(['b', 'a'])
  })
  it('survives more removals than the first page holds', () => {
    expect(repage(data, ['d']).pages.flatMap((page) => page.items)).toEqual(['d'])
  })
})
