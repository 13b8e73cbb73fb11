import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type InterfaceDeclaration, Node, Project, type SourceFile, type TypeAliasDeclaration } from 'ts-morph'

/** The root of the repository, wherever this file is compiled to. */
export const root = dirname(createRequire(import.meta.url).resolve('prisma-session-proxy/package.json'))

export type Declared = InterfaceDeclaration | TypeAliasDeclaration
export type Member = ReturnType<InterfaceDeclaration['getMembers']>[number]

/** A function, or another value, that the package exports. */
export interface Value {
  readonly name: string
  /** The entry it is imported from. */
  readonly from: string
  readonly type: string
}

/** The public interface, read as text: nothing is resolved or checked, which would take the seconds. */
export class Declarations {
  readonly values: ReadonlyMap<string, Value>
  /** The types that are exported. */
  readonly exported: ReadonlySet<string>
  readonly #files = new Project({ skipAddingFilesFromTsConfig: true, skipFileDependencyResolution: true })
  readonly #declared = new Map<string, Declared>()

  constructor() {
    this.#files.addSourceFilesAtPaths(['index.ts', 'sync.ts', 'errors.ts', 'types/*.ts'].map(pathOf))
    for (const file of this.#files.getSourceFiles()) {
      for (const each of declaredIn(file)) {
        // A name may be another one's inside another file: the exported one counts.
        if (each.isExported() || !this.#declared.has(each.getName())) this.#declared.set(each.getName(), each)
      }
    }
    const values = [
      ...valuesOf(this.file('index.ts'), 'prisma-session-proxy'),
      ...valuesOf(this.file('sync.ts'), 'prisma-session-proxy/sync'),
    ]
    this.values = new Map(values.map((value) => [value.name, value]))
    this.exported = new Set(this.#exportedTypes())
  }

  type(name: string): Declared {
    const found = this.#declared.get(name)
    if (!found) throw new Error(`src/types has no ${name}`)
    return found
  }

  file(name: string): SourceFile {
    return this.#files.getSourceFileOrThrow(pathOf(name))
  }

  /** Those of its own and those that another interface of the library gives it. */
  members(declared: Declared): Member[] {
    const own = Node.isInterfaceDeclaration(declared) ? declared.getMembers() : []
    const bases = Node.isInterfaceDeclaration(declared)
      ? declared.getExtends().map((each) => each.getExpression().getText())
      : (declared.getTypeNode()?.getText().match(/\w+/g) ?? [])
    return [
      ...own,
      ...bases.flatMap((name) => {
        const base = this.#declared.get(name)
        return Node.isInterfaceDeclaration(base) ? this.members(base) : []
      }),
    ]
  }

  #exportedTypes(): string[] {
    return this.file('types/index.ts')
      .getExportDeclarations()
      .flatMap((each) => {
        const from = this.file(`types/${each.getModuleSpecifierValue()?.replace(/^\.\/|\.js$/g, '')}.ts`)
        const named = each.getNamedExports().map((name) => name.getName())
        return named.length > 0 ? named : declaredIn(from).map((declared) => declared.getName())
      })
  }
}

function declaredIn(file: SourceFile): Declared[] {
  return [...file.getInterfaces(), ...file.getTypeAliases()]
}

/** `export const name = value as Type`, or with `: Type`. */
function valuesOf(file: SourceFile, from: string): Value[] {
  return file
    .getVariableDeclarations()
    .filter((each) => each.isExported())
    .map((each) => {
      const value = each.getInitializer()
      const type = each.getTypeNode() ?? (Node.isAsExpression(value) ? value.getTypeNode() : undefined)
      if (!type) throw new Error(`the exported ${each.getName()} does not say its type`)
      return { name: each.getName(), from, type: type.getText() }
    })
}

function pathOf(file: string): string {
  return join(root, 'src', file)
}
