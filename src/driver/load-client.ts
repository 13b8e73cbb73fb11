import { importModule, isFile } from '../bridge/outside-bundle.js'
import { needsTsx } from '../bridge/typescript.js'
import { BridgeError } from '../errors.js'
import { isPrismaClient } from './prisma-internals.js'
/**
 * The PrismaClient that a module exports, as `prisma`, `client`, `default` or the name given, or that an exported function
 * makes. Throws a BridgeError that says what there is instead.
 */
export async function loadClient(module: string, exportName: string | null): Promise<object> {
  const names = exportName === null ? ['prisma', 'client', 'default'] : [exportName]
  const exports = await load(module)
  const found = names.map((name) => exported(exports, name)).find((each) => each !== undefined)
  const shown = names.map((name) => `'${name}'`).join(', ')
  if (found === undefined) {
    const there = Object.keys(exports).join(', ') || 'nothing'
    throw new BridgeError(
      `${module} has no export ${shown} (it exports ${there}): export the PrismaClient by that name, or pass { export: 'name' }`,
    )
  }
  const client = typeof found === 'function' ? await made(module, found) : found
  if (isPrismaClient(client)) return client
  throw new BridgeError(
    `the export ${shown} of ${module} is no PrismaClient of Prisma 7, and no function that makes one`,
  )
}

/** A CommonJS module is the default export of its ES form; a client that is that may have a model called Client. */
function exported(exports: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(exports, name)) return exports[name]
  const inner = exports.default
  const isModule = typeof inner === 'object' && inner !== null && !isPrismaClient(inner) && Object.hasOwn(inner, name)
  return isModule ? (inner as Record<string, unknown>)[name] : undefined
}

async function load(module: string): Promise<Record<string, unknown>> {
  try {
    return await importModule(module)
  } catch (cause) {
    throw loadError(module, cause)
  }
}

function loadError(module: string, cause: unknown): BridgeError {
  if (!isThere(module))
    return new BridgeError(`there is no module ${module}: pass the URL or absolute path of the file`, { cause })
  if (needsTsx(cause))
    return new BridgeError(
      `${module} is TypeScript, or imports some, which this Node does not load by itself (${String(cause)}): npm install tsx`,
      { cause },
    )
  return new BridgeError(`${module} cannot be loaded, it throws: ${String(cause)}`, { cause })
}

/** A loader may have known another name for it: asked only after it could not be loaded. */
function isThere(module: string): boolean {
  return !module.startsWith('file:') || isFile(new URL(module))
}

async function made(module: string, make: object): Promise<unknown> {
  try {
    return await (make as () => unknown)()
  } catch (cause) {
    throw new BridgeError(`the function that ${module} exports to make the client throws: ${String(cause)}`, { cause })
  }
}
