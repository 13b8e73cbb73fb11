/** The package as it is published: tsx gives every function its name again each time it is made, which costs a fifth more. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type * as Package from '../src/index.js'
import type * as Sync from '../src/sync.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = '.tmp/bench-dist'
execFileSync(process.execPath, ['--import=tsx/esm', 'scripts/build.ts', folder, '--no-types'], {
  cwd: root,
  stdio: 'inherit',
})

export const builtFolder = `${root}${folder}`

const load = (name: string): Promise<unknown> => import(new URL(`../${folder}/${name}`, import.meta.url).href)

export const { createSession, select, update } = (await load('index.js')) as typeof Package
export const { createSyncClient } = (await load('sync.js')) as typeof Sync
