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
 * - `signature`: in the API reference, which is made from code that is type-checked, and compared with it.
 */
export function programsOf({ file: page, blocks }: Page): Program[] {
  const setup = blocks.find(({ words }) => words.includes('setup'))?.code ?? ''
  const name = page.replace(/\.md$/, '').replaceAll('/', '-').toLowerCase()
  return blocks.filter(isProgram).map((block) => {
    const { words, code, line } = block
    const file = words.find((word) => word.startsWith('file='))?.slice('file='.length)
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

export function isProgram({ language, words }: Block): boolean {
  return language === 'ts' && !words.includes('signature')
}

/** The examples of the comments stand on names that they do not make; those of a synchronous session, on another session. */
function inReference({ code, heading }: Block): string {
  const isSync = /^(Query|session\.query\(\))$/.test(heading)
  return `${referencePrelude}\nexport async function example() {\n${isSync ? 'const session = blocking' : ''}\n{\n${code}\n}\n}\n`
}
