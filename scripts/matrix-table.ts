/** Writes the README's compatibility table from src/matrix/matrix.json; with `--check` it only says whether it would. */
import { readFileSync, writeFileSync } from 'node:fs'
import matrix from '../src/matrix/matrix.json' with { type: 'json' }

const file = new URL('../README.md', import.meta.url)
const [start, end] = ['<!-- matrix:start, made by `npm run matrix` -->', '<!-- matrix:end -->']

const readme = readFileSync(file, 'utf8')
const [from, to] = [readme.indexOf(start), readme.indexOf(end)]
if (from < 0 || to < from) fail(`README.md has no place for the table: put ${start} and ${end} into it`)
const wanted = `${readme.slice(0, from + start.length)}\n\n${table()}\n\n${readme.slice(to)}`

if (readme === wanted) console.log("the README's table agrees with the matrix")
else if (process.argv.includes('--check')) fail("the README's table differs from the matrix: run `npm run matrix`")
else writeFileSync(file, wanted)

function table(): string {
  const rows = Object.entries(matrix).map(([name, { sync, async, note }]) => [`\`${name}\``, async, sync, note])
  return [['method', 'async', 'sync', 'note'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
