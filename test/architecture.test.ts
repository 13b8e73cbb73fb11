// Import rules of src/: imports follow the call flow, and the core stays free of I/O.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'ava'
import { transformSync } from 'esbuild'
import { root } from './helpers/project.js'

interface LayerRow {
  /** Layers, or single files, that it may import besides itself. */
  readonly imports: readonly string[]
  /** Packages it may import; `node:` is any of Node's modules. */
  readonly packages?: readonly string[]
  /** Only types may be imported, from wherever. */
  readonly onlyTypes?: boolean
}

/** A file at the top of src/ is an entry point and its own layer; a folder is a layer. */
const layers: Readonly<Record<string, LayerRow>> = {
  'index.ts': { imports: ['current', 'proxy', 'matrix', 'session', 'types', 'errors.ts'] },
  'sync.ts': { imports: ['driver', 'bridge', 'types', 'errors.ts'], packages: ['node:'] },
  'cli.ts': { imports: ['cli'] },
  'cli-worker.ts': { imports: ['migrate', 'index.ts', 'sync.ts'], packages: ['node:'] },
  'script-client.ts': { imports: ['migrate', 'bridge/typescript.ts'] },
  // The command: what it prints, asks and is told.
  cli: {
    imports: ['migrate', 'sql', 'bridge/outside-bundle.ts', 'bridge/own-files.ts', 'bridge/typescript.ts'],
    packages: ['node:', 'commander', 'cli-progress', 'cli-table3', 'exsolve'],
  },
  sql: { imports: ['migrate', 'driver/prisma-internals.ts'], packages: ['node:', '@prisma/'] },
  // Migration scripts: a user of sessions, with a keyset walk of its own.
  migrate: {
    imports: [
      ...['proxy/create-session.ts', 'session/statements/keyset.ts', 'session/statements/statements.ts'],
      'session/statements/transaction-sql.ts',
      ...[
        'driver',
        'model',
        'sync.ts',
        'errors.ts',
        'types of types/index.ts',
        'bridge/own-files.ts',
        'bridge/typescript.ts',
      ],
    ],
    packages: ['node:', 'umzug', '@prisma/'],
  },
  'worker.ts': { imports: ['proxy', 'driver', 'bridge'], packages: ['node:'] },
  // Which session is current: a request's, a test's.
  current: { imports: ['proxy', 'matrix', 'session', 'errors.ts'], packages: ['node:'] },
  proxy: { imports: ['matrix', 'session', 'writing', 'driver', 'bridge', 'model', 'errors.ts'], packages: ['node:'] },
  matrix: { imports: ['errors.ts'] },
  session: {
    imports: [
      'driver/effects.ts',
      'writing',
      'types of driver/driver.ts',
      'types of driver/providers.ts',
      'model',
      'errors.ts',
    ],
  },
  writing: {
    imports: ['driver/effects.ts', 'types of driver/driver.ts', 'types of driver/providers.ts', 'model', 'errors.ts'],
    // What Prisma makes ids with, and its values and errors.
    packages: ['@prisma/client/runtime/client', '@bugsnag/cuid', '@paralleldrive/cuid2', 'nanoid', 'ulid', 'uuid'],
  },
  driver: { imports: ['bridge', 'schema', 'model', 'errors.ts'], packages: ['@prisma/', 'node:'] },
  // What crosses are effects: their types it may know.
  bridge: {
    imports: ['types of driver/driver.ts', 'types of driver/effects.ts', 'errors.ts'],
    packages: ['@prisma/', 'node:'],
  },
  // A schema's text as Prisma's datamodel.
  schema: { imports: ['types of model/from-dmmf.ts'] },
  model: { imports: ['errors.ts'] },
  types: { imports: [], packages: ['@prisma/'], onlyTypes: true },
  'errors.ts': { imports: [] },
}

/** What is written once for both modes: no I/O, no packages, nothing that waits. */
const core = ['session/', 'writing/', 'schema/', 'model/', 'driver/effects.ts']

/** Prisma's underscore names may be read here and nowhere else. */
const internalsFile = 'driver/prisma-internals.ts'
const internals = /\b_(?:engineConfig|activeProvider|extensions|runtimeDataModel|clientVersion)\b/g

const sources = join(root, 'src')

test('every file of src/ keeps to the imports of its layer', (t) => {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  t.true(files.length > 60)
  for (const path of files) t.deepEqual(broken(path, readFileSync(join(sources, path), 'utf8')), [], path)
})

test('every imported file exists', (t) => {
  const files = new Set(readdirSync(sources, { recursive: true, encoding: 'utf8' }))
  for (const path of files) {
    if (!path.endsWith('.ts')) continue
    for (const { target } of importsOf(path, readFileSync(join(sources, path), 'utf8'))) {
      if (!isPackage(target)) t.true(files.has(target), `${path} imports ${target}`)
    }
  }
})

const allowed: readonly (readonly [path: string, source: string])[] = [
  ['index.ts', "export type * from './types/index.js'\nexport * from './errors.js'"],
  ['proxy/unit.ts', "import { AsyncLocalStorage } from 'node:async_hooks'\nimport { a } from '../driver/run.js'"],
  ['proxy/unit.ts', "import { a } from './call-queue.js'\nexport const b = async () => await a()"],
  ['matrix/decide.ts', "import json from './matrix.json' with { type: 'json' }"],
  ['session/core.ts', "import type { Driver } from '../driver/driver.js'\nimport { a } from '../driver/effects.js'"],
  ['session/core.ts', "// import { x } from '../proxy/unit.js'\n/* await */ const text = 'async await // import'"],
  ['session/core.ts', 'const message = `await session.refresh(object) first`'],
  ['session/core.ts', 'const _extensionsOf = 1 // it reads _extensions'],
  [
    'driver/in-process.ts',
    "import { Decimal } from '@prisma/client/runtime/client'\nimport { readFileSync } from 'node:fs'",
  ],
  [internalsFile, 'export const provider = (client) => client._activeProvider'],
  ['types/entry.ts', "import type { PrismaClient } from '@prisma/client'\nexport type { A } from './entity.js'"],
]

for (const [path, source] of allowed) {
  test(`${path} may contain: ${oneLine(source)}`, (t) => {
    t.deepEqual(broken(path, source), [])
  })
}

const refused: readonly (readonly [path: string, source: string, rule: RegExp])[] = [
  ['index.ts', "import { a } from './driver/run.js'", /index\.ts may not import driver\/run\.ts/],
  ['proxy/unit.ts', "import type { Unit } from '../index.js'", /proxy may not import index\.ts/],
  ['proxy/unit.ts', "import type { Session } from '../types/session.js'", /proxy may not import types/],
  ['proxy/unit.ts', "import { Decimal } from '@prisma/client/runtime/client'", /proxy may not import @prisma/],
  ['matrix/decide.ts', "import type { Unit } from '../proxy/unit.js'", /matrix may not import proxy/],
  ['matrix/decide.ts', "import { get } from '../session/get.js'", /matrix may not import session/],
  ['session/core.ts', "import { a } from '../proxy/unit.js'", /session may not import proxy/],
  ['session/core.ts', "import { a } from '../matrix/decide.js'", /session may not import matrix/],
  ['session/core.ts', "import { a } from '../driver/in-process.js'", /session may not import driver\/in-process/],
  ['session/core.ts', "import type { A } from '../driver/run.js'", /session may not import driver\/run/],
  ['session/core.ts', "import { a } from '../driver/driver.js'", /session may not import driver\/driver/],
  ['session/core.ts', "import { type A } from '../driver/driver.js'", /session may not import driver\/driver/],
  ['session/core.ts', "import {\n  a,\n  b,\n} from '../driver/in-process.js'", /session may not import driver/],
  ['session/core.ts', 'import { a } from "../driver/in-process.js"', /session may not import driver/],
  ['session/core.ts', "import '../proxy/unit.js'", /session may not import proxy/],
  ['session/core.ts', "export * from '../proxy/unit.js'", /session may not import proxy/],
  ['session/core.ts', "export { a } from '../proxy/unit.js'", /session may not import proxy/],
  ['session/core.ts', "type A = import('../proxy/unit.js').Unit", /session may not import proxy/],
  ['session/core.ts', "const load = () => import('../proxy/unit.js')", /session may not import proxy/],
  ['session/core.ts', "import fs from 'node:fs'", /core may not import node:fs/],
  ['session/core.ts', "import fs from 'fs'", /core may not import fs/],
  ['session/core.ts', "import type { Decimal } from '@prisma/client/runtime/client'", /core may not import @prisma/],
  ['session/core.ts', 'export const a = async () => {}', /core may not wait/],
  ['session/core.ts', 'export async function a() {}', /core may not wait/],
  ['session/core.ts', 'export async function* a() {}', /core may not wait/],
  ['session/core.ts', 'class A { async a() {} }', /core may not wait/],
  ['session/core.ts', 'const a = { async *a() {} }', /core may not wait/],
  ['session/core.ts', 'await Promise.resolve()', /core may not wait/],
  ['session/core.ts', 'for await (const a of b) c(a)', /core may not wait/],
  ['session/core.ts', 'await using a = b()', /core may not wait/],
  ['model/model.ts', 'const a = async () => { await b() }', /core may not wait/],
  ['model/model.ts', "import { a } from '../driver/effects.js'", /model may not import driver/],
  ['schema/datamodel.ts', "import { readFileSync } from 'node:fs'", /core may not import node:fs/],
  ['model/model.ts', "import { getDMMF } from '@prisma/get-dmmf'", /core may not import @prisma/],
  ['driver/effects.ts', 'export async function a() {}', /core may not wait/],
  ['driver/effects.ts', "import { a } from 'node:util'", /core may not import node:util/],
  ['writing/writer.ts', "import { b } from 'node:util'", /core may not import node:util/],
  ['writing/writer.ts', "import { a } from '../driver/in-process.js'", /writing may not import driver\/in-process/],
  ['bridge/codec.ts', "import { a } from '../driver/host.js'", /bridge may not import driver\/host/],
  ['bridge/wire.ts', "import { a } from '../driver/effects.js'", /bridge may not import driver\/effects/],
  ['sync.ts', "import { a } from './proxy/unit.js'", /sync\.ts may not import proxy/],
  ['session/core.ts', "import { a } from '../bridge/values/codec.js'", /session may not import bridge/],
  ['driver/run.ts', "import type { A } from '../session/core.js'", /driver may not import session/],
  ['driver/run.ts', "import { a } from 'better-sqlite3'", /driver may not import better-sqlite3/],
  ['driver/run.ts', 'const a = client._engineConfig', /_engineConfig is Prisma's own/],
  ['proxy/unit.ts', "const a = client['_extensions']", /_extensions is Prisma's own/],
  ['session/core.ts', 'const a = client?._clientVersion', /_clientVersion is Prisma's own/],
  ['types/client.ts', 'type A = { _runtimeDataModel: 1 }', /_runtimeDataModel is Prisma's own/],
  ['types/entry.ts', "import { a } from './entity.js'", /types may import types only/],
  ['types/entry.ts', "export * from './entity.js'", /types may import types only/],
  ['types/entry.ts', "import type { Unit } from '../proxy/unit.js'", /types may not import proxy/],
  ['errors.ts', "import type { A } from './types/index.js'", /errors\.ts may not import types/],
  ['migrate/plan.ts', "import { a } from '../cli/program.js'", /migrate may not import cli/],
  ['cli/program.ts', "import { a } from '../proxy/unit.js'", /cli may not import proxy/],
  ['elsewhere/file.ts', 'export const a = 1', /elsewhere has no row/],
]

for (const [path, source, rule] of refused) {
  test(`${path} must not contain: ${oneLine(source)}`, (t) => {
    const found = broken(path, source)
    t.is(found.length, 1)
    t.regex(found[0] as string, rule)
  })
}

/** The rules that a file of src/ breaks, each in words. */
function broken(path: string, source: string): string[] {
  const layer = layerOf(path)
  const row = layers[layer]
  if (!row) return [`${layer} has no row in the table of layers: say what it may import`]
  const isCore = core.some((start) => path.startsWith(start))
  const found: string[] = []
  for (const { target, isType } of importsOf(path, source)) {
    if (row.onlyTypes && !isType) found.push(`${layer} may import types only: ${target}`)
    else if (isPackage(target)) {
      const packages = isCore && layer === 'driver' ? [] : (row.packages ?? [])
      if (!packages.some((start) => target.startsWith(start)))
        found.push(`${isCore ? 'the core' : layer} may not import ${target}`)
    } else if (!mayImport(row, layer, target, isType)) found.push(`${layer} may not import ${target}`)
  }
  if (isCore && waits(source)) found.push('the core may not wait: yield an effect instead of async and await')
  if (path !== internalsFile) {
    for (const [name] of withoutComments(source).matchAll(internals))
      found.push(`${name} is Prisma's own: read it in ${internalsFile}`)
  }
  return found
}

function mayImport({ imports }: LayerRow, layer: string, target: string, isType: boolean): boolean {
  const to = layerOf(target)
  if (to === layer) return true
  return imports.some((each) => each === to || each === target || (isType && each === `types of ${target}`))
}

/** `session` of `session/get.ts`; a file at the top stands for itself. */
function layerOf(path: string): string {
  return path.split('/')[0] as string
}

function isPackage(target: string): boolean {
  return !/\.(?:ts|json)$/.test(target)
}

interface Import {
  /** A path under src/, or a package. */
  readonly target: string
  readonly isType: boolean
}

const importing = [
  /^(?:import|export)\s+(?<type>type\s)?[\w\s{},*$]*?\bfrom\s*(?<quote>['"])(?<name>.+?)\k<quote>/gm,
  /^import\s*(?<quote>['"])(?<name>.+?)\k<quote>/gm,
  /\bimport\((?<quote>['"])(?<name>.+?)\k<quote>/g,
]

function importsOf(path: string, source: string): Import[] {
  const code = withoutComments(source)
  return importing.flatMap((pattern) =>
    [...code.matchAll(pattern)].map(({ groups }) => {
      const name = groups?.name as string
      const target = name.startsWith('.') ? join(dirname(path), name).replace(/\.js$/, '.ts') : name
      return { target: normalize(target), isType: Boolean(groups?.type) }
    }),
  )
}

/** Strings are passed over, so that a `//` in one is none of them. */
function withoutComments(source: string): string {
  const tokens = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g
  return source.replace(tokens, (token) => (token.startsWith('/') ? '' : token))
}

/** Asks esbuild to do without async functions: what has none comes out without a call of its helpers for them. */
function waits(source: string): boolean {
  const supported = { 'async-await': false, 'async-generator': false, 'for-await': false, using: false }
  try {
    const { code } = transformSync(source, { loader: 'ts', target: 'esnext', supported, logLevel: 'silent' })
    return /\b__async(?:Generator)?\(/.test(code)
  } catch (error) {
    if (/top-level await/i.test(String(error))) return true
    throw error
  }
}

function oneLine(source: string): string {
  return source.replace(/\s*\n\s*/g, ' ⏎ ')
}
