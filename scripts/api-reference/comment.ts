import { Node } from 'ts-morph'

/** What the comment of a declaration says. */
export interface Comment {
  readonly about: string
  readonly params: readonly string[]
  readonly tags: Readonly<Partial<Record<string, string>>>
}

export function commentOf(node: Node): Comment {
  const doc = Node.isJSDocable(node) ? node.getJsDocs().at(-1) : undefined
  if (!doc) return { about: '', params: [], tags: {} }
  // Tags are looked for here: behind a text on one line, and where a class follows `@throws`, the parser sees other things.
  const [about = '', ...rest] = linesOf(doc.getText()).split(/(?:^|(?<=[.`)]) )@(?=\w)/m)
  const params: string[] = []
  const tags: Record<string, string> = {}
  for (const part of rest) {
    const [, tag = '', text = ''] = /^(\w+)\s*(.*)$/s.exec(part) ?? []
    const [, name, meaning = ''] = /^(\w+)\s+(.*)$/s.exec(text) ?? []
    if (tag === 'param') params.push(`\`${name}\`: ${joined(meaning)}`)
    else tags[tag] = tag === 'example' ? text.trim() : joined(text)
  }
  return { about: joined(about), params, tags }
}

/** Without the signs of a comment. */
function linesOf(text: string): string {
  return text
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .replace(/^ *\* ?/gm, '')
    .trim()
}

function joined(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ')
}
