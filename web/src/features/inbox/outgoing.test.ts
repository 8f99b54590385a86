import { beforeEach, describe, expect, it, vi } from 'vitest'

const good = { message: { id: 'm', chat_id: 'c' }, body: { type: 'text', body: 'Hi' }, state: 'sending', problem: null }
const items = new Map<string, string>()
vi.stubGlobal('sessionStorage', {
  getItem: (key: string) => items.get(key) ?? null,
  setItem: (key: string, value: string) => items.set(key, value),
  removeItem: (key: string) => items.delete(key),
})

async function restored(text: string): Promise<{ id: string; state: string }[]> {
  items.set('hobnob.outgoing', text)
  vi.resetModules()
  const { outgoing } = await import('./outgoing')
  return outgoing.of('c').map((row) => ({ id: row.message.id, state: row.state }))
}

describe('what was not sent before a reload', () => {
  beforeEach(() => items.clear())
  it('comes back as unsent', async () => {
    expect(await restored(JSON.stringify({ c: [good] }))).toEqual([{ id: 'm', state: 'unsent' }])
  })
  it.each(['{not json', 'null', '7', '{"c":null}', '{"c":[null,{"message":{}}]}'])('is nothing when the store holds %s', async (text) => {
    expect(await restored(text)).toEqual([])
  })
  it('keeps what can be read beside what cannot', async () => {
    expect(await restored(JSON.stringify({ c: [good, { message: null }] }))).toEqual([{ id: 'm', state: 'unsent' }])
  })
})
