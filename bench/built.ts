/** The package as it is published: tsx gives every function its name again each time it is made, which costs a fifth more. */
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type * as Package from '../src/index.js'

const outfile = fileURLToPath(new URL('../.tmp/bench/index.mjs', import.meta.url))
await build({
  entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'error',
})

export const { createSession, select } = (await import(pathToFileURL(outfile).href)) as typeof Package
