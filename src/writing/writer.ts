import { PrismaClientValidationError } from '@prisma/client/runtime/client'
import type { ClientFacts } from '../driver/driver.js'
import type { Steps } from '../driver/effects.js'
import type { Provider } from '../driver/providers.js'
import type { Model, Models } from '../model/model.js'
import { chunksFor } from './chunks.js'
import { deleteRows } from './delete-rows.js'
import { explainThroughPrisma } from './explain-through-prisma.js'
import type { FlushOutcome, FlushPlan, Step, Written } from './flush-plan.js'
import { insertRows } from './insert-rows.js'
import { linkRows } from './link-rows.js'
import { partsOf } from './parts.js'
import { PrismaWay } from './prisma-way.js'
import { Recent } from './recent.js'
import { type Memory, type SetBased, setBasedFor } from './set-based.js'
import type { Filled, Kind, Statement } from './statement.js'
import { writeThroughPrisma } from './through-prisma.js'
import { updateRows } from './update-rows.js'
/**
 * Writes the plan of a flush. A step goes out as one statement over its rows where that is proved to do what Prisma
 * would do, else through Prisma's own operations: same rows, same errors.
 */
export class Writer {
  readonly #models: Models
  readonly #prisma: PrismaWay
  readonly #clientVersion: string
  readonly #way: SetBased | string

  constructor({ pool, models, provider, hasQueryHooks, facts }: WriterSetting) {
    this.#models = models
    const memory = memoryOf(pool, models)
    this.#prisma = new PrismaWay(provider, facts, memory.unpaired)
    this.#clientVersion = facts.clientVersion
    this.#way = setBasedFor(this.#prisma, hasQueryHooks, facts, memory)
  }

  *write({ steps }: FlushPlan): Steps<FlushOutcome> {
    const written: Written = { rows: [], outdated: new Set(), missed: [] }
    for (const step of steps) {
      for (const part of partsOf(step, this.#prisma.unpaired))
        yield* this.#writePart(this.#modelOf(step), part, written)
    }
    return written
  }

  /** What Prisma throws for arguments that it refuses itself. */
  validationError(message: string): Error {
    return new PrismaClientValidationError(message, { clientVersion: this.#clientVersion })
  }

  /** What `write` would send, and which way. Sends nothing. */
  explain({ steps }: FlushPlan): Explanation[] {
    const parts = steps.flatMap((step) => partsOf(step, this.#prisma.unpaired))
    return parts.flatMap((part) => this.#explainPart(this.#modelOf(part), part))
  }

  *#writePart(model: Model, part: Step, written: Written): Steps<void> {
    const way = this.#way
    if (typeof way !== 'string') {
      const kind = kinds[part.kind] as Kind<Step>
      const statements = kind.statements(way, model, part)
      if (typeof statements !== 'string' && (yield* isLearnt(way, statements))) {
        const filled = fill(way, kind, statements, part, written)
        if (typeof filled !== 'string') return yield* kind.run(way, part, filled, written)
      }
    }
    yield* writeThroughPrisma(this.#prisma, model, part, written)
  }

  #explainPart(model: Model, part: Step): Explanation[] {
    const way = this.#way
    const filled = typeof way === 'string' ? way : drafted(way, model, part)
    if (typeof filled === 'string') return explainThroughPrisma(this.#prisma.provider, model, part, filled)
    return filled.flatMap(({ statement, chunks }) =>
      chunks.map(({ from, to }) => ({
        model: model.name,
        operation: statement.what,
        rows: to - from,
        way: 'set-based',
        sql: statement.draft,
      })),
    )
  }

  #modelOf(step: Step): Model {
    return this.#models.get(step.model) as Model
  }
}

export interface WriterSetting {
  /** What is learnt of its server is kept for other sessions. */
  readonly pool: object
  readonly models: Models
  readonly provider: Provider
  readonly hasQueryHooks: boolean
  readonly facts: ClientFacts
}

/** One statement, or one of Prisma's operations, that a flush takes. */
export interface Explanation {
  readonly model: string | null
  readonly operation: string
  readonly rows: number
  readonly way: 'set-based' | 'prisma'
  readonly sql?: string
  /** Why it is left to Prisma. */
  readonly reason?: string
}

const kinds = { insert: insertRows, update: updateRows, delete: deleteRows, link: linkRows }

function* isLearnt(way: SetBased, statements: readonly Statement[]): Steps<boolean> {
  for (const statement of statements) if ((yield* way.learn(statement)) !== null) return false
  return true
}

function drafted(way: SetBased, model: Model, part: Step): Filled[] | string {
  const kind = kinds[part.kind] as Kind<Step>
  const statements = kind.statements(way, model, part)
  const unfit = way.dialect.unfit(way.server)
  if (typeof statements === 'string' || unfit !== null) return unfit ?? (statements as string)
  return fill(way, kind, statements, part, null)
}

function fill<S>(
  { dialect, server }: SetBased,
  kind: Kind<S>,
  statements: readonly Statement[],
  step: S,
  written: Written | null,
): Filled[] | string {
  const filled: Filled[] = []
  for (const statement of statements) {
    const rows = kind.rows(statement, step, written)
    const chunks = chunksFor(dialect, server, statement, rows)
    if ('unproved' in chunks)
      return `a value of ${statement.model.name}.${chunks.unproved} is not proved to be written as Prisma writes it`
    filled.push({ statement, rows, chunks })
  }
  return filled
}

/** Of some kilobytes each. */
const mostStatements = 500

const memories = new WeakMap<object, WeakMap<Models, Memory>>()

function memoryOf(pool: object, models: Models): Memory {
  const byModels = memories.get(pool) ?? new WeakMap<Models, Memory>()
  memories.set(pool, byModels)
  const memory = byModels.get(models) ?? {
    server: {},
    statements: new Recent<unknown>(mostStatements),
    unpaired: new Set(),
  }
  byModels.set(models, memory)
  return memory
}
