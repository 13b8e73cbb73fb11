import type { PrismaCall, Steps } from '../driver/effects.js'
import { IllegalStateChangeError } from '../errors.js'
import type { SessionCore } from '../session/core.js'
import type { GetCall } from '../session/verbs/get-together.js'
/** How the calls of a session are run: in turn and by promises (calls-in-turn.ts), or at once (calls-at-once.ts). */
export interface Calls {
  /** Throws where a call made here and now comes from a callback that has ended. */
  refuseLeftBehind(): void
  /** The calls of the block that this is called in: they run in it wherever they are made, and end with it. */
  ofBlock(): Calls
  /** Runs a verb; its value, or a promise of it. */
  perform(verb: string, steps: Steps<unknown>): unknown
  /** One of Prisma's calls; `delegate` names where fluent steps begin. */
  forward(call: PrismaCall): unknown
  /** `get` and `getOne`. */
  get(call: GetCall): unknown
  /** Prisma's `$transaction([…])`. */
  batch(work: readonly unknown[], options: unknown): unknown
  /** Runs `fn` with something open around it that `during` opens, and closes by what it returns. */
  around<T>(verb: string, fn: () => T, during: () => () => void): T
}

/** What a call is, without `autobegin`, that no transaction is open for: Prisma's own autocommit, or a savepoint. */
export type Autocommit = 'prisma' | 'savepoint'

/** A hook runs in the middle of these: they cannot begin again inside it. */
const lifecycleVerbs = new Set([
  'flush',
  'commit',
  'rollback',
  'close',
  'aclose',
  'reset',
  'invalidate',
  'begin',
  'beginNested',
  'transaction',
  '$transaction',
  'runSync',
])

/** The error of a verb that is called from a hook and must not be; undefined for all others. */
export function refusalInHook(core: SessionCore, isInHook: boolean, verb: string): IllegalStateChangeError | undefined {
  if (!(isInHook || core.events.isTellingNow) || !lifecycleVerbs.has(verb)) return undefined
  return new IllegalStateChangeError(
    `${verb}() cannot be called from a hook, the session is already flushing or ending its transaction: change objects there and let the call under way go on`,
  )
}
