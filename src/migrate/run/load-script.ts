import { pathToFileURL } from 'node:url'
import { isGeneratorFunction } from 'node:util/types'
import { needsTsx } from '../../bridge/typescript.js'
import { textOf } from '../error-text.js'
import { Failure } from '../failure.js'
import type { ScriptFile } from '../files.js'
import { placeIn } from './place-in.js'
/** A script that was loaded, and what it says of itself. */
export interface Script {
  readonly file: ScriptFile
  readonly up: ScriptFunction
  readonly down: ScriptFunction | null
  readonly mode: 'async' | 'sync'
  readonly transaction: 'script' | 'batch' | 'none'
  readonly requires: readonly string[]
}

export type ScriptFunction = (session: unknown, context: unknown) => unknown

/** Loads a script's module, and refuses one that cannot be run before anything is. */
export async function loadScript(file: ScriptFile): Promise<Script> {
  const exports = await load(file)
  const { up, down, mode = 'async', transaction = 'script', requires = [] } = exports
  if (typeof up !== 'function') {
    throw unfit(file, `exports no function up: export async function up(session, context) { … }`)
  }
  if (down !== undefined && typeof down !== 'function') throw unfit(file, 'exports a down that is no function')
  for (const [name, each] of [
    ['up', up],
    ['down', down],
  ] as const) {
    if (isGeneratorFunction(each))
      throw unfit(file, `exports a generator ${name}, of which nothing would run: make it a function, without the *`)
  }
  if (mode !== 'async' && mode !== 'sync') throw unfit(file, `exports mode ${shown(mode)}: it is 'async' or 'sync'`)
  if (transaction !== 'script' && transaction !== 'batch' && transaction !== 'none') {
    throw unfit(file, `exports transaction ${shown(transaction)}: it is 'script', 'batch' or 'none'`)
  }
  const names = Array.isArray(requires) ? requires : [requires]
  if (!names.every((name) => typeof name === 'string' && name !== '')) {
    throw unfit(
      file,
      `exports requires ${shown(requires)}: it is the name of one of Prisma's migrations, or a list of them`,
    )
  }
  return {
    file,
    up: up as ScriptFunction,
    down: (down ?? null) as ScriptFunction | null,
    mode,
    transaction,
    requires: names,
  }
}

/** A CommonJS module's exports are the default export of its ES form, and by name only where they can be told beforehand. */
async function load(file: ScriptFile): Promise<Record<string, unknown>> {
  try {
    const exports = (await import(pathToFileURL(file.path).href)) as Record<string, unknown>
    const inner = exports.default
    return typeof inner === 'object' && inner !== null ? { ...inner, ...exports } : exports
  } catch (cause) {
    throw new Failure('FAILED', `${file.name} cannot be loaded: ${reasonOf(cause)}`, {
      cause,
      detail: placeIn(cause, file.path),
    })
  }
}

function reasonOf(cause: unknown): string {
  const { code, name } = (cause ?? {}) as { code?: unknown; name?: unknown }
  const text = textOf(cause)
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
    return `${text}. Install what it imports, or mend the path`
  if (needsTsx(cause))
    return `it is TypeScript, or imports some, which this Node does not load by itself: npm install tsx, and name the script .ts (${text})`
  if (name === 'SyntaxError' || name === 'TransformError' || /Transform failed|SyntaxError/.test(text))
    return `its syntax is wrong: ${text}. Mend it; nothing was run`
  return `it throws at its top level: ${text}. Nothing was run`
}

function unfit({ name, path }: ScriptFile, why: string): Failure {
  return new Failure('USAGE', `${name} ${why} (${path})`)
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
