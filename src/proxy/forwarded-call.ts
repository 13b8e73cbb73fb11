import type { FluentStep, Outcome, PrismaCall } from '../driver/effects.js'
import { ArgumentError } from '../errors.js'
import type { Model } from '../model/model.js'
import { isWrite, staleAfter } from '../session/objects/stale.js'
import { forward } from '../session/verbs/forward.js'
import type { Unit } from './unit.js'
/**
 * One of Prisma's calls, made through a session. Lazy like Prisma's own promises: it is sent when it is awaited, to the
 * transaction that is in charge then, and once.
 */
export class ForwardedCall implements Promise<unknown> {
  readonly [Symbol.toStringTag] = 'PrismaPromise'
  readonly #unit: Unit
  readonly #call: PrismaCall
  #sent: Promise<unknown> | undefined

  constructor(unit: Unit, call: PrismaCall) {
    this.#unit = unit
    this.#call = call
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then<A = unknown, B = never>(
    onFulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#send().then(onFulfilled, onRejected)
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<unknown | B> {
    return this.#send().catch(onRejected)
  }

  finally(onFinally?: (() => void) | null): Promise<unknown> {
    return this.#send().finally(onFinally)
  }

  /** What it would send; for `$transaction([…])` of the same session. */
  static callOf(value: unknown, unit: Unit): PrismaCall {
    if (value instanceof ForwardedCall && value.#unit === unit) return value.#call
    throw new ArgumentError(
      "$transaction([…]) takes this session's own calls that have not been awaited, as in session.$transaction([session.user.count()])",
    )
  }

  /** The same with a fluent step after it. */
  step(step: FluentStep): ForwardedCall {
    const call = { ...this.#call, fluent: [...(this.#call.fluent ?? []), step] }
    const next = (this.#unit.core.models.get(nextModel(this.#unit, call)) ?? null) as Model | null
    return forwardedCall(this.#unit, call, next)
  }

  #send(): Promise<unknown> {
    this.#sent ??= send(this.#unit, this.#call)
    return this.#sent
  }
}

/** A call of Prisma's; where it brings one row of `model`, with that model's fluent methods. */
export function forwardedCall(unit: Unit, call: PrismaCall, model: Model | null): ForwardedCall {
  const Class = model ? fluentClass(model) : ForwardedCall
  return new Class(unit, call)
}

const singleRow = new Set([
  'findUnique',
  'findUniqueOrThrow',
  'findFirst',
  'findFirstOrThrow',
  'create',
  'update',
  'upsert',
  'delete',
])

/** Whether a call brings one row, whose relations can be followed. */
export function bringsOneRow(method: string): boolean {
  return singleRow.has(method)
}

const classes = new WeakMap<Model, typeof ForwardedCall>()

function fluentClass(model: Model): typeof ForwardedCall {
  let Class = classes.get(model)
  if (!Class) {
    Class = class extends ForwardedCall {}
    for (const { name } of model.relations) {
      if (name in ForwardedCall.prototype) continue
      const follow = function (this: ForwardedCall, ...args: readonly unknown[]) {
        return this.step({ relation: name, args })
      }
      Object.defineProperty(Class.prototype, name, { value: follow, configurable: true, writable: true })
    }
    classes.set(model, Class)
  }
  return Class
}

/** The model of the row at the end of a chain, or '' where there are many. */
function nextModel(unit: Unit, { delegate, fluent }: PrismaCall): string {
  let model = [...unit.core.models.all()].find((each) => each.delegate === delegate)
  for (const { relation } of fluent ?? []) {
    const field = model?.fields.get(relation)
    if (field?.kind !== 'relation' || field.isList) return ''
    model = field.target
  }
  return model?.name ?? ''
}

function send(unit: Unit, call: PrismaCall): Promise<unknown> {
  const { core } = unit
  const isOutside = !core.options.autobegin && !core.transaction
  if (isOutside && unit.scope.isIdle) return callOutside(unit, call)
  if (isWrite(call.method)) return unit.scope.run(call.method, () => sendOne(unit, call))
  return unit.scope.runTogether(call.method, call, togetherOf(unit))
}

/** With Prisma's own autocommit. */
async function callOutside({ core, driver }: Unit, call: PrismaCall): Promise<unknown> {
  const value = await driver.callOutside(call)
  staleAfter(core, call)
  return value
}

async function sendOne(unit: Unit, call: PrismaCall): Promise<unknown> {
  const [outcome] = await sendAll(unit, [call])
  if (outcome?.ok) return outcome.value
  throw outcome?.error
}

/** Always the same function for a session: reads that share it may go out together. */
function togetherOf(unit: Unit): (calls: readonly PrismaCall[]) => Promise<Outcome[]> {
  let together = togethers.get(unit)
  if (!together) {
    together = (calls) => sendAll(unit, calls)
    togethers.set(unit, together)
  }
  return together
}

const togethers = new WeakMap<Unit, (calls: readonly PrismaCall[]) => Promise<Outcome[]>>()

async function sendAll(unit: Unit, calls: readonly PrismaCall[]): Promise<Outcome[]> {
  const { core } = unit
  if (core.options.autobegin || core.transaction) return unit.runNow(forward(core, calls))
  const settled = await Promise.allSettled(calls.map((call) => callOutside(unit, call)))
  return settled.map((each) =>
    each.status === 'fulfilled' ? { ok: true, value: each.value } : { ok: false, error: each.reason },
  )
}
