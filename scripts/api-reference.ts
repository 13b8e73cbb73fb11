/** Writes docs/api.md from the comments of the public types and errors; with `--check` it only says whether it would. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './api-reference/declarations.js'
import { reference } from './api-reference/reference.js'

const file = join(root, 'docs/api.md')
const wanted = reference()

if (existsSync(file) && readFileSync(file, 'utf8') === wanted) console.log('docs/api.md agrees with the types')
else if (process.argv.includes('--check')) fail('docs/api.md differs from the types: run `npm run api`')
else writeFileSync(file, wanted)

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
