import { ModelMetadataError } from '../errors.js'
import type { ClientFacts, ComputedField } from './driver.js'

/*
 * The one file that reads Prisma's underscore names. Every read is checked: when a name is gone, the error says which
 * and what to pass instead.
 */
/** The text of the schema that the client was generated from, or null. */
export function schemaOf(client: object): string | null {
  const schema = (client as Internals)._engineConfig?.inlineSchema
  return typeof schema === 'string' ? schema : null
}

/** `sqlite`, `postgresql`, `mysql`, … */
export function providerOf(client: object): string {
  const provider = (client as Internals)._activeProvider ?? (client as Internals)._engineConfig?.activeProvider
  if (typeof provider === 'string') return provider
  throw new ModelMetadataError(
    'this object is not a Prisma 7 client (`_activeProvider` is missing): pass a PrismaClient, an extended client or a transaction client',
  )
}

/** True for a PrismaClient, an extended client or a transaction client. */
export function isPrismaClient(value: unknown): value is object {
  return typeof value === 'object' && value !== null && typeof (value as Internals)._activeProvider === 'string'
}

/** A transaction client has no `$connect`. */
export function isTransactionClient(client: object): boolean {
  return typeof (client as Internals).$connect !== 'function'
}

/** The driver adapter's name, `@prisma/adapter-d1` for example, or an empty string. */
export function adapterNameOf(client: object): string {
  const name = (client as Internals)._engineConfig?.adapter?.adapterName
  return typeof name === 'string' ? name : ''
}

/** The driver adapter's factory that the client was made with; null where it does not tell. */
export function adapterOf(client: object): object | null {
  const adapter = (client as Internals)._engineConfig?.adapter
  return typeof adapter === 'object' && adapter !== null ? adapter : null
}

/** What clients share that were made of one another. */
export function poolOf(client: object): object {
  return (client as Internals)._engineConfig ?? client
}

/** What has to be known to write as the client would. */
export function factsOf(client: object): ClientFacts {
  const { _engineConfig: config, _globalOmit: omit = {} } = client as Internals
  const timeout = config?.transactionOptions?.timeout ?? 5000
  const omitted = Object.entries(omit).map(
    ([delegate, fields]) => [delegate, Object.keys(fields).filter((name) => fields[name])] as const,
  )
  return {
    clientVersion: config?.clientVersion ?? '',
    adapterName: adapterNameOf(client),
    schema: providerOf(client) === 'postgresql' ? (config?.adapter?.options?.schema ?? 'public') : null,
    omitted: Object.fromEntries(omitted),
    transactionTimeout: timeout === 5000 ? null : timeout,
    emulatesRelations: emulatesRelations(client),
    connections: connectionsOf(client),
  }
}

/** How many connections its pool has; SQLite's adapters have one. Null where the adapter does not tell. */
function connectionsOf(client: object): number | null {
  if (providerOf(client) === 'sqlite') return 1
  const { config, externalPool } = ((client as Internals)._engineConfig?.adapter ?? {}) as PgAdapter
  const max = externalPool ? externalPool.options?.max : (config?.max ?? (config && 10)) // 10 is the default of pg
  return typeof max === 'number' ? max : null
}

/** Looked for once: schemas are long, and each session asks. */
function emulatesRelations(client: object): boolean {
  const pool = poolOf(client)
  let found = emulating.get(pool)
  if (found === undefined) {
    found = /^\s*relationMode\s*=\s*"prisma"/m.test(schemaOf(client) ?? '')
    emulating.set(pool, found)
  }
  return found
}

const emulating = new WeakMap<object, boolean>()

/** True where an extension has put a method of its own in the place of Prisma's. */
export function isOverridden(client: object, delegate: string | null, method: string): boolean {
  for (let link = (client as Internals)._extensions?.head; link; link = link.previous) {
    const { model, client: own } = link.extension
    if (delegate === null ? own?.[method] : (model?.[delegate]?.[method] ?? model?.$allModels?.[method])) return true
  }
  return false
}

/** Whether the client has hooks on queries, which would see every statement the session sends. */
export function hasQueryExtensions(client: object): boolean {
  return extensionsOf(client).some((extension) => extension.query !== undefined)
}

/** `{ fullName: { needs, compute } }` of a model: what result extensions add to its rows. */
export function computedFieldsOf(client: object, delegate: string): Record<string, ComputedField> {
  const found: Record<string, ComputedField> = {}
  for (const extension of extensionsOf(client))
    Object.assign(found, extension.result?.$allModels, extension.result?.[delegate])
  return found
}

interface Internals {
  readonly $connect?: unknown
  readonly _activeProvider?: string
  readonly _engineConfig?: {
    readonly clientVersion?: string
    readonly inlineSchema?: string
    readonly activeProvider?: string
    readonly transactionOptions?: { readonly timeout?: number }
    readonly adapter?: { readonly adapterName?: string; readonly options?: { readonly schema?: string } }
  }
  readonly _extensions?: { readonly head?: ExtensionLink }
  readonly _globalOmit?: Readonly<Record<string, Readonly<Record<string, boolean>>>>
}

/** What @prisma/adapter-pg keeps of what it was given. */
interface PgAdapter {
  readonly config?: { readonly max?: number }
  readonly externalPool?: { readonly options?: { readonly max?: number } } | null
}

interface ExtensionLink {
  readonly extension: Extension
  readonly previous?: ExtensionLink
}

interface Extension {
  readonly query?: object
  readonly model?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly client?: Readonly<Record<string, unknown>>
  readonly result?: Readonly<Record<string, Readonly<Record<string, ComputedField>>>>
}

/** Oldest first. */
function extensionsOf(client: object): Extension[] {
  const found: Extension[] = []
  for (let link = (client as Internals)._extensions?.head; link; link = link.previous) found.unshift(link.extension)
  return found
}
