import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
/** Prisma's schema engine, as WebAssembly: nothing has to be downloaded for it. It knows no MySQL. */
export async function openEngine(adapter: SqlMigrationAwareDriverAdapterFactory): Promise<Engine> {
  glue ??= loadGlue() // one for all: it keeps a single instance
  const factory = bindMigrationAwareSqlAdapterFactory(adapter)
  return await (await glue).SchemaEngine.new({ datamodels: undefined }, () => {}, factory)
}

let glue: Promise<Glue> | undefined

/** Node has it; its types, without a browser's, do not. */
const wasm = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly
type Wasm = { instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: object } }> }

/** Of the engine what is used here; its parameters are those of its own declarations. */
export interface Engine {
  diff(params: object): Promise<{ stdout: string }>
  applyMigrations(params: object): Promise<{ appliedMigrationNames: string[] }>
  markMigrationRolledBack(params: object): Promise<unknown>
}
type Glue = {
  __wbg_set_wasm(exports: object): void
  SchemaEngine: { new: (input: object, log: () => void, adapter: object) => Promise<Engine> }
}
// The package's own entry needs a bundler that imports .wasm; Node 20 is given the module by hand.
async function loadGlue(): Promise<Glue> {
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'))
  const loaded = (await import(`${folder}/schema_engine_bg.js`)) as Glue
  const bytes = readFileSync(`${folder}/schema_engine_bg.wasm`)
  const { instance } = await wasm.instantiate(bytes, { './schema_engine_bg.js': loaded })
  loaded.__wbg_set_wasm(instance.exports)
  ;(instance.exports as { __wbindgen_start?: () => void }).__wbindgen_start?.()
  return loaded
}
