import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../helpers/project.ts'
import { type Block, blocksOf } from './blocks.ts'

/** What a reader is given. */
export interface Page {
  /** Its file, from the root of the repository. */
  readonly file: string
  readonly text: string
  readonly blocks: readonly Block[]
}

export const pages: readonly Page[] = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map((file) => {
  const text = readFileSync(join(root, file), 'utf8')
  return { file, text, blocks: blocksOf(text) }
})

export function pageAt(file: string): Page {
  const found = pages.find((page) => page.file === file)
  if (!found) throw new Error(`there is no page ${file}`)
  return found
}
