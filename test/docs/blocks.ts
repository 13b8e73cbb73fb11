/** A piece of code in a page, between two fences. */
export interface Block {
  readonly language: string
  /** What stands behind the language. */
  readonly words: readonly string[]
  readonly code: string
  /** Where it stands in the page. */
  readonly line: number
  /** The last heading above it. */
  readonly heading: string
}

export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  for (const { 1: info = '', 2: code = '', index } of markdown.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)) {
    const [language = '', ...words] = info.split(' ')
    const before = markdown.slice(0, index)
    const heading = [...before.matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? ''
    blocks.push({ language, words, code, line: before.split('\n').length, heading })
  }
  return blocks
}

/** The page without its code. */
export function proseOf(markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()#]/g, ' '))
}
