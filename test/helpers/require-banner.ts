import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './project.js'

/** The banner of docs/bundlers.md, which defines `require` in an ES module of esbuild. */
export const requireBanner = /--banner:js='(.*)'/.exec(readFileSync(join(root, 'docs/bundlers.md'), 'utf8'))?.[1] ?? ''
