// Puts a finished build where a running server reads it: `publish.mjs FROM TO`. Whoever asks in the meantime gets a page
// of the old build or of the new one, never half of either: the hashed files of the new build come first, then each page
// is moved into its place, and only then what is older is deleted. The assets of the build before stay: a page that was
// opened then fetches parts of itself as they are needed.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))

const replace = (place, write) => {
  mkdirSync(dirname(place), { recursive: true })
  write(`${place}.new`)
  renameSync(`${place}.new`, place)
}

const [from, to] = process.argv.slice(2).map((folder) => resolve(folder))
if (!existsSync(join(from, 'index.html'))) throw new Error(`${from} holds no finished build: it has no index.html.`)

const built = filesIn(from).sort()
const isPage = (name) => name.endsWith('.html')
const isAsset = (name) => name.startsWith(`assets${sep}`)

// Which assets belong to which build: `now` was published last, `before` the time before.
const LIST = 'published.json'
const list = join(to, LIST)
const assets = built.filter(isAsset)
const known = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : { now: existsSync(to) ? filesIn(to).filter(isAsset) : [], before: [] }
const isSame = known.now.join() === assets.join()
const published = { now: assets, before: isSame ? known.before : known.now }

for (const name of [...built.filter((each) => !isPage(each)), ...built.filter(isPage)]) {
  replace(join(to, name), (place) => cpSync(join(from, name), place))
}
replace(list, (place) => writeFileSync(place, JSON.stringify(published)))
const kept = new Set([...built, ...published.before, LIST])
for (const name of filesIn(to)) if (!kept.has(name)) rmSync(join(to, name))
