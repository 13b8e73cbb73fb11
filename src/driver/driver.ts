import type { Model, Models } from '../model/model.js'
import type { DatabaseEffect, PrismaCall } from './effects.js'
import type { Provider } from './providers.js'
/** What is under a session: performs effects against one Prisma client. `Answer` is a promise or a plain value. */
export interface Driver<Answer = unknown> {
  readonly isAsync: boolean
  /** The client is a transaction client, which somebody else commits. */
  readonly isOutside: boolean
  /** What the user wrapped. */
  readonly client: object
  /** The same for all clients of one pool of connections: for an extended client, and for those of its transactions. */
  readonly pool: object
  readonly models: Models
  readonly provider: Provider
  /** Query extensions of the client see what is sent, and may keep its errors to themselves. */
  readonly hasQueryHooks: boolean
  readonly facts: ClientFacts
  perform(effect: DatabaseEffect): Answer
  /** What result extensions of the client add to the model's rows. */
  computedFields(model: Model): Readonly<Record<string, ComputedField>>
  /** A call on the wrapped client itself, outside any transaction of the session. */
  callOutside(call: PrismaCall): Answer
  /** Rolls back without waiting for it: the session was dropped. */
  abandon(): void
}

/** A field that a result extension computes from a row. */
export interface ComputedField {
  readonly needs?: Readonly<Record<string, boolean>>
  readonly compute: (row: object) => unknown
}

/** What there is to know of a client besides its schema, to write as it would. */
export interface ClientFacts {
  /** Prisma's own, `7.10.1` for example. */
  readonly clientVersion: string
  /** `@prisma/adapter-pg`, for example; empty for a client without an adapter. */
  readonly adapterName: string
  /** The database's schema in which tables are that name none; null where there are no schemas. */
  readonly schema: string | null
  /** By delegate: the fields that the client leaves out of what it returns. */
  readonly omitted: Readonly<Record<string, readonly string[]>>
  /** `relationMode = "prisma"`: there are no foreign keys, Prisma does what they would. */
  readonly emulatesRelations: boolean
  /** How many connections the client's pool has; null where that is not known. */
  readonly connections: number | null
  /** `transactionOptions.timeout` of the client, in milliseconds; null where it has Prisma's own, which is 5000. */
  readonly transactionTimeout: number | null
}
