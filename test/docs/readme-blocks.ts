/**
 * The README's code. The words after a block's language say what becomes of it:
 *
 * - `ts`: run by itself when it has imports, else after the block marked `setup`;
 * - `ts setup`: the lines that the others start with, run by themselves too;
 * - `ts file=name`: a module that the others import;
 * - `ts no-run`: only type-checked.
 */
export interface Block {
  readonly language: string
  readonly words: readonly string[]
  readonly code: string
  /** Where it stands in the page. */
  readonly line: number
}

export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  for (const { 1: info = '', 2: code = '', index } of markdown.matchAll(/^```(\S[^\n]*)?\n(.*?)^```$/gms)) {
    const [language = '', ...words] = info.split(' ')
    blocks.push({ language, words, code, line: markdown.slice(0, index).split('\n').length })
  }
  return blocks
}

export interface Program {
  readonly file: string
  readonly code: string
  readonly isRun: boolean
  /** What it prints, by the comments behind its `console.log` lines. */
  readonly prints: readonly string[]
}

/** A program for each block of TypeScript. */
export function programsOf(blocks: readonly Block[]): Program[] {
  const setup = blocks.find(({ words }) => words.includes('setup'))?.code ?? ''
  return blocks
    .filter(({ language }) => language === 'ts')
    .map(({ words, code, line }) => {
      const file = words.find((word) => word.startsWith('file='))?.slice('file='.length)
      const isWhole = /^import /m.test(code)
      return {
        file: file ?? `line-${line}.ts`,
        code: isWhole ? code : `${setup}{\n${code}}\n`, // the braces let an example use a name again
        isRun: file === undefined && !words.includes('no-run'),
        prints: [...code.matchAll(/\bconsole\.log\(.*\) \/\/ (.*)$/gm)].map(([, text = '']) => text),
      }
    })
}
