// Puts a finished build where a running server reads it: `publish.mjs FROM TO`. Whoever asks in the meantime gets a page
// of the old build or of the new one, never half of either: the hashed files of the new build come first, then each page
// is moved into its place, and only then the files that no page names any more are deleted.
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))

const [from, to] = process.argv.slice(2).map((folder) => resolve(folder))
if (!existsSync(join(from, 'index.html'))) throw new Error(`${from} holds no finished build: it has no index.html.`)

const built = filesIn(from)
const isPage = (name) => name.endsWith('.html')
for (const name of [...built.filter((each) => !isPage(each)), ...built.filter(isPage)]) {
  const place = join(to, name)
  mkdirSync(dirname(place), { recursive: true })
  cpSync(join(from, name), `${place}.new`)
  renameSync(`${place}.new`, place)
}
for (const name of filesIn(to)) if (!built.includes(name)) rmSync(join(to, name))
