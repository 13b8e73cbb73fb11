/**
 * What a session verb may ask for. A verb is a generator that yields effects and gets their answers; run.ts performs
 * them, with `await` or without. This is the only way in which the session touches the world.
 */
export type Effect = DatabaseEffect | UserCall

/** Carried out by a driver. */
export type DatabaseEffect =
  | { readonly kind: 'begin'; readonly options: BeginOptions }
  | { readonly kind: 'commit'; readonly written: Written }
  | { readonly kind: 'rollback'; readonly within?: number }
  | { readonly kind: 'savepoint' }
  | { readonly kind: 'releaseSavepoint' }
  | { readonly kind: 'rollbackToSavepoint' }
  | { readonly kind: 'operations'; readonly calls: readonly PrismaCall[]; readonly alone?: BeginOptions }
  | { readonly kind: 'connection' }

/** The user's own code: a hook, or the body of a callback form. */
export interface UserCall {
  readonly kind: 'call'
  readonly scope: 'hook' | 'callback'
  readonly fn: () => unknown
  /** Milliseconds that it may take while others wait for it. */
  readonly timeout?: number
}

/** One call of Prisma's, by name, so that it can be made on whichever client is in charge, or in another thread. */
export interface PrismaCall {
  /** The delegate (`user`), or null for the client's own methods (`$queryRaw`). */
  readonly delegate: string | null
  readonly method: string
  readonly args: readonly unknown[]
  /** Fluent steps after it: `findUnique(…).posts(…)`. */
  readonly fluent?: readonly FluentStep[]
  /** Runs something in the context that the call was made in, where that is not the current one. */
  readonly within?: <T>(fn: () => T) => T
}

export interface FluentStep {
  readonly relation: string
  readonly args: readonly unknown[]
}

/** The answer to `operations`: one outcome a call, in order; a failed call does not hide the others. */
export type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

/** Milliseconds; what `$transaction(fn, options)` of Prisma takes. */
export interface BeginOptions {
  readonly isolationLevel?: string
  readonly maxWait?: number
  readonly timeout?: number
}

/** What a transaction has written: nothing; rows, by operations of Prisma's; or whatever raw SQL may do. */
export type Written = 'nothing' | 'rows' | 'anything'

/** The steps of a verb: yields effects, returns the verb's value. */
export type Steps<T> = Generator<Effect, T, unknown>

export const begin = (options: BeginOptions) => perform<void>({ kind: 'begin', options })
export const commit = (written: Written) => perform<void>({ kind: 'commit', written })
/** Milliseconds that a rollback may take at the end of a session, unless its option says otherwise. */
export const defaultCloseTimeout = 5000
/** Returns false where the database has not answered `within` milliseconds, and its connection was given up. */
export const rollback = (within?: number) =>
  perform<boolean>({ kind: 'rollback', ...(within !== undefined && { within }) })
export const savepoint = () => perform<void>({ kind: 'savepoint' })
export const releaseSavepoint = () => perform<void>({ kind: 'releaseSavepoint' })
export const rollbackToSavepoint = () => perform<void>({ kind: 'rollbackToSavepoint' })
/** `alone`: outside any transaction; how one is begun where the client's connections are not each somebody's own. */
export const operations = (calls: readonly PrismaCall[], alone?: BeginOptions) =>
  perform<Outcome[]>({ kind: 'operations', calls, ...(alone && { alone }) })
export const connection = () => perform<unknown>({ kind: 'connection' })
export const callUser = (scope: UserCall['scope'], fn: () => unknown, timeout?: number) =>
  perform<unknown>({ kind: 'call', scope, fn, ...(timeout !== undefined && { timeout }) })

function* perform<T>(effect: Effect): Steps<T> {
  return (yield effect) as T
}
