/** Links between the pages, and from them to files. */

import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'ava'
import { root } from '../helpers/project.ts'
import { proseOf } from './blocks.ts'
import { pages } from './pages.ts'

test('every relative link leads to a file, and every anchor to a heading', (t) => {
  let count = 0
  const dead: string[] = []
  for (const { file, text } of pages) {
    for (const [, target = ''] of proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      count++
      const [path = '', anchor] = target.split('#')
      const to = path === '' ? file : normalize(join(dirname(file), path))
      const page = pages.find((each) => each.file === to)
      if (!existsSync(join(root, to)) || (anchor !== undefined && !(page && anchorsOf(page.text).has(anchor))))
        dead.push(`${file}: ${target}`)
    }
  }
  t.true(count > 100)
  t.deepEqual(dead, [])
})

test('every page of docs/ is linked from the README and from the index', (t) => {
  const targetsIn = (name: string) => {
    const text = pages.find(({ file }) => file === name)?.text ?? ''
    return [...text.matchAll(/\]\(([^)#\s]+)/g)].map(([, path = '']) => normalize(join(dirname(name), path)))
  }
  for (const { file } of pages.filter((page) => page.file.startsWith('docs/') && page.file !== 'docs/README.md')) {
    t.true(targetsIn('docs/README.md').includes(file), `docs/README.md does not link ${file}`)
    t.true(targetsIn('README.md').includes(file), `README.md does not link ${file}`)
  }
})

/** As GitHub makes them: of equal ones, the second has a number. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  const counts = new Map<string, number>()
  for (const [, title = ''] of text.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)) {
    const anchor = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\-_ ]/gu, '')
      .replaceAll(' ', '-')
    const count = counts.get(anchor) ?? 0
    counts.set(anchor, count + 1)
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`)
  }
  return anchors
}
