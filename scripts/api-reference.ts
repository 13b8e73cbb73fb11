/** Writes docs/api.md from the comments of the public types and errors; with `--check` it only says whether it would. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type InterfaceDeclaration, type JSDocableNode, Node, Project, type TypeAliasDeclaration } from 'ts-morph'

const page = new URL('../docs/api.md', import.meta.url)
const wanted = reference()

if (existsSync(page) && readFileSync(page, 'utf8') === wanted) console.log('docs/api.md agrees with the types')
else if (process.argv.includes('--check')) fail('docs/api.md differs from the types: run `npm run api`')
else writeFileSync(page, wanted)

/** What stands where. A name is a function, a type or a group of members; one that is exported and has no place is an error. */
function plan(): readonly Section[] {
  return [
    section('Making sessions', [
      ...['createSession', 'PrismaSessionProxy', 'sessionMaker', 'SessionMaker', 'sessions'].map(entry),
      ...['scopedSession', 'ScopedSession', 'rollbackEach', 'RolledBack'].map(entry),
    ]),
    section('The session', [
      ...['Session', 'AsyncSession', 'SyncSession', 'AnySession', 'IdentityMap'].map(entry),
      verbs('In memory', ['MemoryVerbs'], 'At once, with plain values in both modes. Nothing is sent.'),
      verbs('Transactions', ['TransactionVerbs'], 'Promises on an asynchronous session, values on a synchronous one.'),
      verbs('Single objects', ['LoadVerbs'], 'Promises on an asynchronous session, values on a synchronous one.'),
      verbs('Running statements', ['StatementVerbs'], 'Pending work is flushed first.'),
      verbs('Asynchronous sessions only', ['AsyncVerbs'], 'On a synchronous one they throw NotImplementedError.'),
      verbs('Synchronous sessions only', ['SyncVerbs'], 'On an asynchronous one it throws NotImplementedError.'),
      verbs(
        "Prisma's own",
        ['Transacting'],
        "Every other name is the client's, inside the session's transaction: `session.user.findMany()`, `session.$queryRaw`, a client extension's methods. An asynchronous session has them with Prisma's own types, a synchronous one with the promises taken off.",
      ),
    ]),
    section('Transactions and events', ['SessionTransaction', 'SessionEvents', 'SessionEvent'].map(entry)),
    section('Statements', [
      ...['select', 'insert', 'update', 'remove', 'entity', 'statements', 'Statements'].map(entry),
      ...['Statement', 'TypedStatement', 'SelectOptions', 'LockMode', 'Synchronize'].map(entry),
    ]),
    section('Results', ['Result', 'ScalarResult', 'Row', 'AsyncResult', 'AsyncScalarResult', 'Query'].map(entry)),
    section('Objects and models', [
      ...['inspect', 'Inspection', 'makeTransient', 'makeTransientToDetached', 'Explanation'].map(entry),
      ...['Entity', 'NewEntity', 'Key', 'ModelName', 'FindManyArgs', 'Rows'].map(entry),
    ]),
    section('Options', [
      ...['SessionOptions', 'TransactionOptions', 'GetOptions', 'StreamOptions', 'matrix', 'Matrix', 'Cell'].map(entry),
    ]),
    section('Synchronous clients', [
      ...['createSyncClient', 'SyncClientOptions', 'SyncPrismaClient', 'SyncClientHandle', 'SyncClientBrand'].map(entry),
    ]),
    section('Migration scripts', ['MigrationContext', 'SyncMigrationContext', 'BatchOptions'].map(entry)),
    section('Modes', ['Mode', 'Io'].map(entry)),
  ]
}

interface Section {
  readonly title: string
  readonly entries: readonly Entry[]
}
type Entry = { readonly name: string } | { readonly title: string; readonly groups: string[]; readonly about: string }

function section(title: string, entries: readonly Entry[]): Section {
  return { title, entries }
}

function entry(name: string): Entry {
  return { name }
}

function verbs(title: string, groups: string[], about: string): Entry {
  return { title, groups, about }
}

function reference(): string {
  const source = new Source()
  const sections = plan().map(({ title, entries }) => ({ title, texts: entries.map((each) => source.entry(each)) }))
  sections.push({ title: 'Errors', texts: [source.errors()] })
  source.refuseLeftOut()
  const body = sections.map(({ title, texts }) => `## ${title}\n\n${texts.join('\n\n')}`).join('\n\n')
  return `${head}\n\n## Contents\n\n${contents(body)}\n\n${body}\n`
}

const head = `# API reference

<!-- Made by \`npm run api\` from the comments in src/types/ and src/errors.ts: change them there. -->

Everything that \`prisma-session-proxy\` and \`prisma-session-proxy/sync\` export. What the words mean is in [concepts](concepts.md), the tables of [options](options.md) and of [errors](errors.md) say more of theirs.

How to read the signatures: \`C\` is the type of the client (\`typeof prisma\`), \`N\` a model's name in the schema, \`M\` the mode of the session. \`Io<M, T>\` is \`Promise<T>\` on an asynchronous session, \`T\` on a synchronous one, and \`T | PromiseLike<T>\` where a function takes either (\`Session\`).`

/** Links to the headings below, as GitHub makes their anchors. */
function contents(body: string): string {
  const prose = body.replace(/^```.*?^```$/gms, '')
  return [...prose.matchAll(/^(##|###|####) (.*)$/gm)]
    .map(([, marks = '', title = '']) => {
      const anchor = title.toLowerCase().replace(/[^\w\- ]/g, '').replace(/ /g, '-')
      return `${'  '.repeat(marks.length - 2)}- [${title}](#${anchor})`
    })
    .join('\n')
}

type Declared = InterfaceDeclaration | TypeAliasDeclaration
type Member = ReturnType<InterfaceDeclaration['getMembers']>[number]

/** The public interface, read as text: nothing is resolved, which takes no time. */
class Source {
  readonly #project = new Project({ useInMemoryFileSystem: false, skipAddingFilesFromTsConfig: true, skipFileDependencyResolution: true })
  readonly #declared = new Map<string, Declared>()
  /** By exported value: the name of its type, and the entry of the package. */
  readonly #values = new Map<string, { type: string; from: string }>()
  /** The types that are exported. */
  readonly #types: ReadonlySet<string>
  readonly #placed = new Set<string>()

  constructor() {
    const files = ['index.ts', 'sync.ts', 'errors.ts', 'types/*.ts']
    this.#project.addSourceFilesAtPaths(files.map((file) => fileURLToPath(new URL(`../src/${file}`, import.meta.url))))
    for (const file of this.#project.getSourceFiles()) {
      for (const each of [...file.getInterfaces(), ...file.getTypeAliases()]) {
        // A name may be used again inside another file; the exported one counts.
        if (each.isExported() || !this.#declared.has(each.getName())) this.#declared.set(each.getName(), each)
      }
    }
    for (const [file, from] of [
      ['index.ts', 'prisma-session-proxy'],
      ['sync.ts', 'prisma-session-proxy/sync'],
    ] as const) {
      for (const each of this.#file(file).getVariableDeclarations().filter((value) => value.isExported())) {
        const cast = each.getInitializer()
        const type = each.getTypeNode() ?? (Node.isAsExpression(cast) ? cast.getTypeNode() : undefined)
        this.#values.set(each.getName(), { type: type?.getText() ?? fail(`${each.getName()} has no type`), from })
      }
    }
    this.#types = new Set(
      this.#file('types/index.ts')
        .getExportDeclarations()
        .flatMap((each) =>
          each.isNamespaceExport()
            ? (each.getModuleSpecifierSourceFile() ?? this.#file('types/options.ts'))
                .getStatements()
                .flatMap((at) => (Node.isInterfaceDeclaration(at) || Node.isTypeAliasDeclaration(at) ? at.getName() : []))
            : each.getNamedExports().map((name) => name.getName()),
        ),
    )
  }

  entry(given: Entry): string {
    if ('title' in given) return [`### ${given.title}`, given.about, ...given.groups.map((group) => this.#members(group))].join('\n\n')
    this.#placed.add(given.name)
    const value = this.#values.get(given.name)
    return value ? this.#value(given.name, value) : this.#type(this.#get(given.name))
  }

  errors(): string {
    const classes = this.#file('errors.ts').getClasses()
    const rows = classes.map((each) => {
      const code = each.getStaticPropertyOrThrow('code').getText().match(/'(\w+)'/)?.[1]
      return [`\`${each.getName()}\``, `\`${code}\``, `\`${each.getExtends()?.getText() ?? ''}\``, described(each).about]
    })
    return [
      'Causes and remedies are in [errors](errors.md). Errors of Prisma come out as they are.',
      signature('class SessionError extends Error {\n  readonly code: string\n  constructor(message: string, options?: { cause?: unknown })\n}'),
      table(['class', 'code', 'extends', 'meaning'], rows),
    ].join('\n\n')
  }

  refuseLeftOut(): void {
    const left = [...this.#values.keys(), ...this.#types].filter((name) => !this.#placed.has(name))
    if (left.length > 0) fail(`scripts/api-reference.ts has no place for ${left.join(', ')}`)
  }

  #value(name: string, { type, from }: { type: string; from: string }): string {
    this.#placed.add(type)
    const declared = this.#get(type)
    const lines = [`### ${name}`, `\`import { ${name} } from '${from}'\``]
    const calls = Node.isInterfaceDeclaration(declared)
      ? [...declared.getCallSignatures(), ...declared.getConstructSignatures()]
      : []
    if (calls.length === 0) return [...lines, signature(`const ${name}: ${type}`), describe(declared)].join('\n\n')
    const [first] = calls
    // The comment of a class's type stands for its constructors.
    if (Node.isConstructSignatureDeclaration(first)) lines.push(describe(declared, /^The type of .*?: /))
    for (const call of calls) {
      const text = call.getText().replace(/^new\b/, '')
      const shown = text.startsWith('(') || text.startsWith('<') ? `${name}${text}` : `${name}${text.trim()}`
      lines.push(signature(Node.isConstructSignatureDeclaration(call) ? `new ${shown.replace(/^(\w+) /, '$1')}` : shown))
      lines.push(describe(call))
    }
    return lines.filter(Boolean).join('\n\n')
  }

  #type(declared: Declared): string {
    const name = declared.getName()
    const title = [`### ${name}`]
    if (Node.isTypeAliasDeclaration(declared) && name !== 'SessionTransaction' && name !== 'Row')
      return [...title, signature(this.#aliasText(declared)), describe(declared)].filter(Boolean).join('\n\n')
    const at = `type ${name}${parameters(declared)}`
    const members = this.#allMembers(declared)
    const long = members.some((each) => described(each).tags.example)
    const calls = Node.isInterfaceDeclaration(declared) ? declared.getCallSignatures() : []
    return [
      ...title,
      signature([at, ...calls.map((call) => `make${call.getText()}`)].join('\n')),
      describe(declared),
      ...calls.map((call) => describe(call)),
      ...(long ? members.map((each) => this.#member(each, variable(name))) : [this.#memberTable(name, members)]),
    ]
      .filter(Boolean)
      .join('\n\n')
  }

  /** A type's definition where it says something by itself; of the machinery behind the others only the name. */
  #aliasText(declared: TypeAliasDeclaration): string {
    const text = declared.getText().replace(/^export /, '').replace(/^\/\*\*.*?\*\/\s*(export )?/s, '')
    const own = /\b(Stored|New|Args|KeyOf|OneRow|Models|SessionVerbs|AsyncVerbs|SyncVerbs|Forwarded)\b/
    return own.test(text) ? `type ${declared.getName()}${parameters(declared)}` : text
  }

  #members(group: string): string {
    return this.#own(this.#get(group))
      .map((each) => this.#member(each, 'session'))
      .filter(Boolean)
      .join('\n\n')
  }

  #heading = ''

  /** Overloads stand under one heading. */
  #member(member: Member, of: string): string {
    const name = nameOf(member)
    const { about } = described(member)
    if (name === null || (!about && name in { isAsync: 0, getBind: 0 })) return ''
    const heading = `#### ${of}.${name}${isFunction(member) ? '()' : ''}`
    const isAgain = heading === this.#heading
    this.#heading = heading
    return [isAgain ? '' : heading, signature(textOf(member)), describe(member)].filter(Boolean).join('\n\n')
  }

  #memberTable(name: string, members: readonly Member[]): string {
    const isOptions = members.some((each) => described(each).tags.default)
    const rows = members.flatMap((member) => {
      const called = nameOf(member)
      if (called === null) return []
      const twin = this.#twin(name, called)
      const { about, tags } = described(described(member).about || !twin ? member : twin)
      const thrown = tags.throws ? ` Throws ${tags.throws}` : ''
      const cells = [`\`${textOf(member)}\``, `${about}${thrown}`]
      return [isOptions ? [cells[0] ?? '', tags.default ? `\`${tags.default}\`` : '', cells[1] ?? ''] : cells]
    })
    if (rows.length === 0) return ''
    return table(isOptions ? ['member', 'default', 'meaning'] : ['member', 'meaning'], rows)
  }

  /** A stream's methods are those of a result, whose comments serve both. */
  #twin(name: string, member: string): Member | undefined {
    if (name !== 'AsyncResult' && name !== 'AsyncScalarResult') return undefined
    return this.#allMembers(this.#get(name.replace('Async', ''))).find((each) => nameOf(each) === member)
  }

  #own(declared: Declared): Member[] {
    return Node.isInterfaceDeclaration(declared) ? declared.getMembers() : []
  }

  /** With those that an interface of this library gives it, own ones first. */
  #allMembers(declared: Declared): Member[] {
    const text = Node.isInterfaceDeclaration(declared)
      ? declared.getExtends().map((each) => each.getExpression().getText())
      : (declared.getTypeNode()?.getText().match(/\w+/g) ?? [])
    return [
      ...this.#own(declared).filter((each) => !Node.isCallSignatureDeclaration(each)),
      ...text.flatMap((name) => {
        const base = this.#declared.get(name)
        return base && Node.isInterfaceDeclaration(base) ? this.#allMembers(base) : []
      }),
    ]
  }

  #get(name: string): Declared {
    return this.#declared.get(name) ?? fail(`src/types has no ${name}`)
  }

  #file(name: string) {
    return this.#project.getSourceFileOrThrow(fileURLToPath(new URL(`../src/${name}`, import.meta.url)))
  }
}

function parameters(declared: Declared): string {
  const texts = declared.getTypeParameters().map((each) => each.getText())
  return texts.length > 0 ? `<${texts.join(', ')}>` : ''
}

/** What an object of the type is called in the headings. */
function variable(type: string): string {
  const names: Readonly<Record<string, string>> = { SessionMaker: 'makeSession', ScopedSession: 'scope', RolledBack: 'tests' }
  return names[type] ?? `${type[0]?.toLowerCase()}${type.slice(1)}`
}

/** Null: an index signature, which no comment is about. */
function nameOf(member: Member): string | null {
  return Node.isMethodSignature(member) || Node.isPropertySignature(member) ? member.getName() : null
}

function isFunction(member: Member): boolean {
  return Node.isMethodSignature(member) || textOf(member).endsWith('Extending<C>')
}

function textOf(member: Member): string {
  return member.getText().replace(/^\/\*\*.*?\*\/\s*/s, '').replace(/,\n *\)/, ')').replace(/\(\n */, '(').replace(/\n */g, ' ')
}

interface Described {
  readonly about: string
  readonly tags: { default?: string; returns?: string; throws?: string; example?: string }
  readonly params: readonly string[]
}

function described(node: Node): Described {
  const doc = Node.isJSDocable(node) ? (node as JSDocableNode).getJsDocs().at(-1) : undefined
  if (!doc) return { about: '', tags: {}, params: [] }
  // `@default` stands at the end of a line, where it is no tag to the parser.
  const [about = '', inline] = doc.getDescription().trim().split(/\s*@default /)
  const tags: Described['tags'] = {}
  if (inline) tags.default = inline.trim()
  const params: string[] = []
  for (const tag of doc.getTags()) {
    const text = (tag.getCommentText() ?? '').trim()
    if (Node.isJSDocParameterTag(tag)) params.push(`\`${tag.getName()}\`: ${joined(text)}`)
    else tags[tag.getTagName() as keyof Described['tags']] = tag.getTagName() === 'example' ? text : joined(thrown(tag.getText(), text))
  }
  return { about: joined(about), tags, params }
}

/** A class's name behind `@throws` is part of the sentence, though the parser may take it for a type. */
function thrown(tag: string, text: string): string {
  const whole = tag.replace(/^@\w+\s*/, '').replace(/^\s*\*\s?/gm, '').trim()
  return whole === '' ? text : whole.replace(/\s*\*?\/?$/, '')
}

function joined(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim()
}

function describe(node: Node, prefix = /^The type of .*$/): string {
  const { about, tags, params } = described(node)
  const plain = about.replace(prefix, '')
  const facts = [
    ...params,
    ...(tags.default ? [`default: \`${tags.default.replace(/^'(.*)'$/, "'$1'")}\``] : []),
    ...(tags.returns ? [`returns: ${tags.returns}`] : []),
    ...(tags.throws ? [`throws: ${tags.throws}`] : []),
  ].map((fact) => `- ${fact}`)
  return [plain && plain[0]?.toUpperCase() + plain.slice(1), facts.join('\n'), tags.example].filter(Boolean).join('\n\n')
}

function signature(text: string): string {
  return `\`\`\`ts signature\n${text}\n\`\`\``
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
