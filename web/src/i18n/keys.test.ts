// Both languages say everything, with the same holes to fill, and no page holds words of its own.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const source = join(import.meta.dirname, '..')
const locales = join(import.meta.dirname, 'locales')
const rooms = readdirSync(join(locales, 'en'))

type Strings = { [key: string]: string | Strings }
function flatten(strings: Strings, prefix = ''): [string, string][] {
  return Object.entries(strings).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flatten(value, `${prefix}${key}.`),
  )
}
const read = (language: string, room: string) => new Map(flatten(JSON.parse(readFileSync(join(locales, language, room), 'utf8')) as Strings))
const holes = (text = '') => [...text.matchAll(/\{\{\s*(\w+)/g)].map((match) => match[1]).sort()

describe('languages', () => {
  it('have the same rooms', () => expect(readdirSync(join(locales, 'es'))).toEqual(rooms))
  it.each(rooms)('say the same things: %s', (room) => {
    const [en, es] = [read('en', room), read('es', room)]
    expect([...es.keys()].sort()).toEqual([...en.keys()].sort())
    for (const [key, text] of en) {
      expect(text, key).not.toBe('')
      expect(holes(es.get(key)), key).toEqual(holes(text))
    }
  })
})


const pages = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.tsx') && !path.endsWith('.test.tsx'),
)
const spoken = new Set(['label', 'placeholder', 'title', 'alt', 'description', 'aria-label', 'error', 'message'])
const names = /^(Hobnob|WhatsApp|⌘ \/ Ctrl)$/

function literals(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(join(source, path), 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
  const found: string[] = []
  const check = (text: string) => {
    if (/\p{L}{2}/u.test(text) && !names.test(text.trim())) found.push(text.trim())
  }
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) check(node.text)
    if (ts.isJsxExpression(node) && node.expression && ts.isStringLiteral(node.expression) && !ts.isJsxAttribute(node.parent)) check(node.expression.text)
    if (ts.isJsxAttribute(node) && spoken.has(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer)) check(node.initializer.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

describe('pages', () => {
  it.each(pages)('hold no words of their own: %s', (path) => expect(literals(path)).toEqual([]))
})
