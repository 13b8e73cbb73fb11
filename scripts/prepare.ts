/**
 * Makes what tests, benchmarks and the demo need and git does not keep: a Prisma client and a DDL file for each schema
 * in prisma/. Needs no network: the schema engine that `prisma generate` asks for is never started, so any executable
 * stands in for it, and the DDL comes from the engine's WebAssembly build.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)

/** Each row: the schema file, and the DDL file made from it. */
const schemas = [
  { schema: 'prisma/test.prisma', ddl: 'generated/sqlite.sql' },
  { schema: 'prisma/clash.prisma', ddl: 'generated/clash.sql' },
  { schema: 'prisma/demo.prisma', ddl: 'generated/demo.sql' },
]

/** Node has it; its types, without a browser's, do not. */
const wasm = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly
type Wasm = { instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: object } }> }

type Engine = { diff(params: object): Promise<{ stdout: string }> }
type Glue = {
  __wbg_set_wasm(exports: object): void
  SchemaEngine: { new: (input: object, log: () => void, adapter: object) => Promise<Engine> }
}
let engine: Promise<Engine> | undefined

for (const { schema, ddl } of schemas) {
  if (isFresh(schema, ddl)) continue
  generate(schema)
  const sql = await toSql(schema)
  mkdirSync(`${root}generated`, { recursive: true })
  writeFileSync(root + ddl, `${stamp(schema)}\n${sql}`)
  console.error(`made the client and the DDL of ${schema}`)
}

function isFresh(schema: string, ddl: string): boolean {
  return existsSync(root + ddl) && readFileSync(root + ddl, 'utf8').startsWith(stamp(schema))
}

/** The first line of a DDL file: what it was made from. */
function stamp(schema: string): string {
  const hash = createHash('sha256').update(readFileSync(root + schema))
  hash.update(readFileSync(require.resolve('prisma/package.json')))
  return `-- ${hash.digest('hex')}`
}

function generate(schema: string): void {
  const cli = require.resolve('prisma/build/index.js')
  execFileSync(process.execPath, [cli, 'generate', '--schema', schema], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  })
}

async function toSql(schema: string): Promise<string> {
  engine ??= schemaEngine() // one for all: the glue keeps a single instance
  const datamodel = readFileSync(root + schema, 'utf8')
  const { stdout } = await (await engine).diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files: [{ path: schema, content: datamodel }] },
    script: true,
    exitCode: null,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  })
  return stdout
}

// The package's own entry needs a bundler that imports .wasm; Node 20 is given the module by hand.
async function schemaEngine(): Promise<Engine> {
  const folder = `${root}node_modules/@prisma/schema-engine-wasm`
  const glue = (await import(`${folder}/schema_engine_bg.js`)) as Glue
  const bytes = readFileSync(`${folder}/schema_engine_bg.wasm`)
  const { instance } = await wasm.instantiate(bytes, { './schema_engine_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  ;(instance.exports as { __wbindgen_start?: () => void }).__wbindgen_start?.()
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaBetterSqlite3({ url: ':memory:' }))
  return glue.SchemaEngine.new({ datamodels: undefined }, () => {}, adapter)
}
