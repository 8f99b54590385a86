// Runs the app's own apply() outside the browser: {"state": ..., "events": [...]} on stdin, the new state on stdout.
// With --lines every line is such a document and every answer a line, so that a test may keep one process.
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const { output } = await build({
  root,
  configFile: false,
  logLevel: 'silent',
  build: { write: false, ssr: 'src/api/apply.ts', target: 'node20' },
})
const code = Buffer.from(output[0].code).toString('base64')
const { apply, emptyState } = await import(`data:text/javascript;base64,${code}`)
const answer = (text) => {
  const { state, events } = JSON.parse(text)
  return JSON.stringify(apply({ ...emptyState, ...state }, events))
}

if (process.argv.includes('--lines')) {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim()) console.log(answer(line))
  }
} else {
  const chunks = []
  for await (const chunk of process.stdin) chunks.push(chunk)
  console.log(answer(Buffer.concat(chunks).toString('utf8')))
}
