import { type ConstructSignatureDeclaration, Node } from 'ts-morph'
import { commentOf } from './comment.js'
import type { Declarations, Declared, Member, Value } from './declarations.js'
import { type Entry, variables, withoutMembers } from './plan.js'

/** The entries of the reference, as text. */
export class Entries {
  /** The names that have had their place. */
  readonly written = new Set<string>()
  readonly #declarations: Declarations

  constructor(declarations: Declarations) {
    this.#declarations = declarations
  }

  text(entry: Entry): string {
    if (typeof entry !== 'string') {
      const members = this.#declarations.type(entry.members)
      const own = Node.isInterfaceDeclaration(members) ? members.getMembers() : []
      return paragraphs([`### ${entry.title}`, entry.about, this.#members(own, 'session')])
    }
    this.written.add(entry)
    const value = this.#declarations.values.get(entry)
    return value ? this.#value(value) : this.#type(this.#declarations.type(entry))
  }

  errors(): string {
    const classes = this.#declarations.file('errors.ts').getClasses()
    const rows = classes.map((each) => {
      const [, code] = /'(\w+)'/.exec(each.getStaticPropertyOrThrow('code').getText()) ?? []
      return [
        `\`${each.getName()}\``,
        `\`${code}\``,
        `\`${each.getExtends()?.getExpression().getText()}\``,
        commentOf(each).about,
      ]
    })
    return paragraphs([
      'Causes and remedies are in [errors](errors.md). Errors of Prisma come out as they are.',
      table(['class', 'code', 'extends', 'meaning'], rows),
    ])
  }

  #value({ name, from, type }: Value): string {
    this.written.add(type)
    const declared = this.#declarations.type(type)
    const calls = Node.isInterfaceDeclaration(declared) ? declared.getCallSignatures() : []
    const news = Node.isInterfaceDeclaration(declared) ? declared.getConstructSignatures() : []
    return paragraphs([
      `### ${name}`,
      `\`import { ${name} } from '${from}'\``,
      ...(calls.length === 0 ? [described(declared, new RegExp(`^The type of \`${name}\`: `))] : []),
      ...(calls.length + news.length === 0 ? [signature(`const ${name}: ${type}`)] : []),
      ...(news.length > 0 ? [signature(news.map((each) => constructorText(name, each)).join('\n'))] : []),
      ...calls.flatMap((each) => [signature(`${name}${textOf(each)}`), described(each)]),
    ])
  }

  #type(declared: Declared): string {
    const name = declared.getName()
    const members = withoutMembers.includes(name) ? [] : this.#declarations.members(declared)
    const calls = members.filter(Node.isCallSignatureDeclaration)
    const named = members.filter((each) => nameOf(each) !== undefined)
    const of = variables[name]
    return paragraphs([
      `### ${name}`,
      signature(this.#definition(declared, named.length > 0)),
      described(declared),
      ...calls.flatMap((each) => [signature(`${of}${textOf(each)}`), described(each)]),
      of ? this.#members(named, of) : this.#memberTable(name, named),
    ])
  }

  /** Whole where it says something by itself; of what is built by machinery that nobody imports, the name. */
  #definition(declared: Declared, hasMembers: boolean): string {
    const parameters = declared.getTypeParameters().map((each) => each.getText())
    const name = `${declared.getName()}${parameters.length > 0 ? `<${parameters.join(', ')}>` : ''}`
    return !hasMembers && this.#isPlain(declared) ? textOf(declared).replace(/^export /, '') : `type ${name}`
  }

  #isPlain(declared: Declared): boolean {
    if (Node.isInterfaceDeclaration(declared)) return declared.getIndexSignatures().length > 0
    const names = (declared.getTypeNode()?.getText() ?? '').replace(/'[^']*'/g, '').match(/\b[A-Z]\w+/g) ?? []
    const known = [...this.#declarations.exported, 'Promise', 'PromiseLike']
    return names.every((name) => known.includes(name))
  }

  #members(members: readonly Member[], of: string): string {
    let before = ''
    return paragraphs(
      members.flatMap((member) => {
        const name = nameOf(member)
        // What an interface only narrows has its comment elsewhere.
        if (!name || !hasComment(member)) return []
        const heading = `#### ${of}.${name}${Node.isMethodSignature(member) ? '()' : ''}`
        const isOverload = heading === before
        before = heading
        return [...(isOverload ? [] : [heading]), signature(textOf(member)), described(member)]
      }),
    )
  }

  #memberTable(type: string, members: readonly Member[]): string {
    const hasDefaults = members.some((each) => commentOf(each).tags.default)
    const rows = members.map((member) => {
      const { about, tags } = commentOf(this.#commented(type, member))
      const meaning = [about, tags.throws && `Throws ${tags.throws.replace(/\.?$/, '.')}`].filter(Boolean).join(' ')
      const preset = tags.default ? `\`${tags.default}\`` : ''
      // A scalar result is one whose rows are its values.
      const text = type.endsWith('ScalarResult') ? textOf(member).replace(/\bR\b/g, 'V') : textOf(member)
      return [`\`${text}\``, ...(hasDefaults ? [preset] : []), meaning]
    })
    return rows.length > 0 ? table(['member', ...(hasDefaults ? ['default'] : []), 'meaning'], rows) : ''
  }

  /** Overloads share a comment, and a stream's methods have those of a result's. */
  #commented(type: string, member: Member): Member {
    const others = [type, type.replace(/^Async(?=\w*Result$)/, '')].flatMap((name) =>
      this.#declarations.members(this.#declarations.type(name)),
    )
    return [member, ...others.filter((each) => nameOf(each) === nameOf(member))].find(hasComment) ?? member
  }
}

function hasComment(member: Member): boolean {
  return commentOf(member).about !== ''
}

/** A call or an index has none. */
function nameOf(member: Member): string | undefined {
  return Node.isMethodSignature(member) || Node.isPropertySignature(member) ? member.getName() : undefined
}

function constructorText(name: string, signature: ConstructSignatureDeclaration): string {
  return textOf(signature).replace(/^new /, `new ${name}`)
}

/** Code of one declaration, on one line. */
function textOf(node: Node): string {
  return node
    .getText()
    .replace(/,(\n *[)}])/g, '$1')
    .replace(/(?<=[\w)\]}>])\n *(?=\w+[?:(])/g, '; ') // members of an object type
    .replace(/{\n */g, '{ ')
    .replace(/\n *}/g, ' }')
    .replace(/([(<])\n */g, '$1')
    .replace(/\n *([)>])/g, '$1')
    .replace(/\n */g, ' ')
    .replace(/= \| /, '= ')
}

function described(node: Node, ofMachinery = /^The type of .*/): string {
  const { about, params, tags } = commentOf(node)
  const text = about.replace(ofMachinery, '')
  const facts = [
    ...params,
    ...['default', 'returns', 'throws'].flatMap((tag) =>
      tags[tag] ? [`${tag}: ${tag === 'default' ? `\`${tags[tag]}\`` : tags[tag]}`] : [],
    ),
  ]
  const list = facts.map((fact) => `- ${fact}`).join('\n')
  return paragraphs([text && `${text[0]?.toUpperCase()}${text.slice(1)}`, list, tags.example ?? ''])
}

function signature(text: string): string {
  return `\`\`\`ts signature\n${text}\n\`\`\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function paragraphs(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n')
}
