import type { Model, Models } from '../model/model.js'
import type { DatabaseEffect, PrismaCall } from './effects.js'
import type { FlushPlan } from './flush-plan.js'
import type { Provider } from './providers.js'
/** What is under a session: performs effects against one Prisma client. `Answer` is a promise or a plain value. */
export interface Driver<Answer = unknown> {
  readonly isAsync: boolean
  /** The client is a transaction client, which somebody else commits. */
  readonly isOutside: boolean
  /** What the user wrapped. */
  readonly client: object
  readonly models: Models
  readonly provider: Provider
  perform(effect: DatabaseEffect): Answer
  /** What result extensions of the client add to the model's rows. */
  computedFields(model: Model): Readonly<Record<string, ComputedField>>
  /** A call on the wrapped client itself, outside any transaction of the session. */
  callOutside(call: PrismaCall): Answer
  /** The client that a forwarded access belongs to now. */
  inCharge(): object
  /** Rolls back without anybody waiting for it: the session was dropped. */
  abandon(): void
  /** What a `write` would send. */
  explain(plan: FlushPlan): readonly Explanation[]
}

/** A field that a result extension computes from a row. */
export interface ComputedField {
  readonly needs?: Readonly<Record<string, boolean>>
  readonly compute: (row: object) => unknown
}

export interface Explanation {
  readonly model: string | null
  readonly operation: string
  readonly rows: number
  readonly way: 'set-based' | 'prisma'
  readonly sql?: string
  readonly reason?: string
}
