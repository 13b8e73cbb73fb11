import { existsSync } from 'node:fs'
import type { MessagePort } from 'node:worker_threads'
import { ServingEnd } from '../bridge/serving-end.js'
import type { Request } from '../bridge/wire.js'
import { BridgeError } from '../errors.js'
import { DriverHost, describeClient } from './host.js'
import { isPrismaClient } from './prisma-internals.js'
/** What a worker does that owns a client: loads its module, and answers. */
export async function ownClient(
  module: string,
  exportName: string | null,
  port: MessagePort,
  flags: Int32Array,
): Promise<void> {
  let host: DriverHost | undefined
  const serving = new ServingEnd(port, flags, (question) => (host as DriverHost).handle(question as Request), {
    isPatient: true,
    revive: { field: (reference) => host?.fieldOf(reference) },
  })
  try {
    const client = await clientOf(module, exportName)
    host = new DriverHost(client)
    serving.greet({ ok: true, value: describeClient(client) })
  } catch (error) {
    serving.greet({ ok: false, value: error })
  }
}

async function clientOf(module: string, exportName: string | null): Promise<object> {
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
    return (await import(module)) as Record<string, unknown>
  } catch (cause) {
    throw loadError(module, cause)
  }
}

function loadError(module: string, cause: unknown): BridgeError {
  if (!isThere(module))
    return new BridgeError(`there is no module ${module}: pass the URL or absolute path of the file`, { cause })
  const { code } = (cause ?? {}) as { code?: unknown }
  if (typeof code === 'string' && needsTsx(code, String(cause)))
    return new BridgeError(
      `${module} is TypeScript, or imports some, which this Node does not load by itself (${String(cause)}): npm install tsx`,
      { cause },
    )
  return new BridgeError(`${module} cannot be loaded, it throws: ${String(cause)}`, { cause })
}

/** A loader may have known another name for it: asked only after it could not be loaded. */
function isThere(module: string): boolean {
  return !module.startsWith('file:') || existsSync(new URL(module))
}

function needsTsx(code: string, message: string): boolean {
  return (
    (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /"\.[cm]?tsx?"/.test(message)) ||
    code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' // newer Nodes strip types, and take no enum
  )
}

async function made(module: string, make: object): Promise<unknown> {
  try {
    return await (make as () => unknown)()
  } catch (cause) {
    throw new BridgeError(`the function that ${module} exports to make the client throws: ${String(cause)}`, { cause })
  }
}
