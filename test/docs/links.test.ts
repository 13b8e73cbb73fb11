/** Links between the pages, and from them to files. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '../helpers/project.ts'
import { deadLinks, relativeLinks, repositoryLinks } from './links.ts'
import { pageAt, pages } from './pages.ts'

test('every relative link leads to a file, and every anchor to a heading', (t) => {
  const links = pages.flatMap(relativeLinks)
  t.true(links.length > 100)
  t.deepEqual(deadLinks(links, pages, isThere), [])
})

test('every link to the repository names a file that is there', (t) => {
  const links = pages.flatMap(repositoryLinks)
  t.true(links.length > 10)
  t.deepEqual(deadLinks(links, pages, isThere), [])
})

test('every page of docs/ is linked from the README and from the index', (t) => {
  const linkedFrom = (name: string) => relativeLinks(pageAt(name)).map(({ file }) => file)
  for (const { file } of pages.filter((page) => page.file.startsWith('docs/') && page.file !== 'docs/README.md')) {
    t.true(linkedFrom('docs/README.md').includes(file), `docs/README.md does not link ${file}`)
    t.true(linkedFrom('README.md').includes(file), `README.md does not link ${file}`)
  }
})

function isThere(file: string): boolean {
  return existsSync(join(root, file))
}
