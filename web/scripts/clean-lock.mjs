// The lock file names versions and hashes, never an address: a mirror or an offline cache must work as well.
// npm leaves the registry out by itself (.npmrc); funding links and deprecation notes are taken out here.
import { readFileSync, writeFileSync } from 'node:fs'

const path = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(path, 'utf8'))
for (const entry of Object.values(lock.packages)) {
  delete entry.funding
  delete entry.resolved
  if (entry.deprecated?.includes('://')) delete entry.deprecated
}
writeFileSync(path, JSON.stringify(lock, null, 2) + '\n')
