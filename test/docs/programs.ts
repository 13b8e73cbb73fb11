import type { Block } from './blocks.ts'
import type { Page } from './pages.ts'
import { referencePrelude } from './reference-prelude.ts'

/** A block of TypeScript as a module of its own. */
export interface Program {
  readonly page: string
  readonly line: number
  readonly file: string
  readonly code: string
  readonly isRun: boolean
  /** What it prints, by the comments behind its `console.log` lines. */
  readonly prints: readonly string[]
}

/**
 * The words behind `ts` say what becomes of a block:
 *
 * - none: run by itself when it has imports, else after the block of its page that is marked `setup`;
 * - `setup`: the lines that the others start with, run by themselves too;
 * - `file=name`: a module that others import, of whatever page;
 * - `no-run`: only type-checked;
 * - `from=file`: an excerpt of that file in examples/, which the smoke tests run;
 * - `signature`: in the API reference, which is made from code that is type-checked, and compared with it.
 */
export function programsOf({ file: page, blocks }: Page): Program[] {
  const setup = blocks.find(({ words }) => words.includes('setup'))?.code ?? ''
  const name = page.replace(/\.md$/, '').replaceAll('/', '-').toLowerCase()
  return blocks.filter(isProgram).map((block) => {
    const { words, code, line } = block
    const file = wordOf(block, 'file=')
    const isReference = page === 'docs/api.md'
    return {
      page,
      line,
      file: file ?? `${name}-${line}.ts`,
      code: isReference ? inReference(block) : /^import /m.test(code) ? code : `${setup}{\n${code}}\nexport {}\n`,
      isRun: file === undefined && !words.includes('no-run') && !isReference,
      prints: [...code.matchAll(/\bconsole\.log\(.*\) \/\/ (.*)$/gm)].map(([, text = '']) => text),
    }
  })
}

export function isProgram(block: Block): boolean {
  return block.language === 'ts' && !block.words.includes('signature') && sourceOf(block) === undefined
}

/** The file of which a block is an excerpt. */
export function sourceOf(block: Pick<Block, 'words'>): string | undefined {
  return wordOf(block, 'from=')
}

function wordOf({ words }: Pick<Block, 'words'>, prefix: string): string | undefined {
  return words.find((word) => word.startsWith(prefix))?.slice(prefix.length)
}

/** The examples of the comments stand on names that they do not make; those of a synchronous session, on another session. */
function inReference({ code, heading }: Block): string {
  const isSync = /^(Query|session\.query\(\))$/.test(heading)
  return `${referencePrelude}\nexport async function example() {\n${isSync ? 'const session = blocking' : ''}\n{\n${code}\n}\n}\n`
}
