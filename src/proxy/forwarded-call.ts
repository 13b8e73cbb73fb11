import type { FluentStep, PrismaCall } from '../driver/effects.js'
import { ArgumentError } from '../errors.js'
import type { Model, Models } from '../model/model.js'
import { modelsByDelegate } from '../model/models-by-delegate.js'
/**
 * One of Prisma's calls, made through a session. Lazy like Prisma's own promises: it is sent when it is awaited, to the
 * transaction that is in charge then, and once.
 */
export class ForwardedCall implements Promise<unknown> {
  readonly [Symbol.toStringTag] = 'PrismaPromise'
  readonly #sender: Sender
  readonly #models: Models
  readonly #call: PrismaCall
  #sent: Promise<unknown> | undefined

  constructor(sender: Sender, models: Models, call: PrismaCall) {
    this.#sender = sender
    this.#models = models
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

  /** How a client begins with each call of its `$transaction([…])`: with one of a session's it would be in no transaction. */
  requestTransaction(): never {
    throw new ArgumentError(
      "the client's $transaction([…]) was given a call of a session, which has a transaction of its own: use session.$transaction([…])",
    )
  }

  /** What it would send; for `$transaction([…])` of the same session. */
  static callOf(value: unknown, sender: Sender): PrismaCall {
    if (value instanceof ForwardedCall && value.#sender.session === sender.session) return value.#call
    throw new ArgumentError(
      "$transaction([…]) takes this session's own calls that have not been awaited, as in session.$transaction([session.user.count()])",
    )
  }

  /** The same with a fluent step after it. */
  step(step: FluentStep): ForwardedCall {
    const call = { ...this.#call, fluent: [...(this.#call.fluent ?? []), step] }
    return forwardedCall(this.#sender, this.#models, call)
  }

  #send(): Promise<unknown> {
    this.#sent ??= this.#sender.send(this.#call)
    return this.#sent
  }
}

/** The session's side of a forwarded call. */
export interface Sender {
  /** What all senders of one session share. */
  readonly session: object
  send(call: PrismaCall): Promise<unknown>
}

/** A call of Prisma's; where it brings one row, with the fluent methods of that row's model. */
export function forwardedCall(sender: Sender, models: Models, call: PrismaCall): ForwardedCall {
  const model = modelAtEnd(models, call)
  const Class = model ? fluentClass(model) : ForwardedCall
  return new Class(sender, models, call)
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

const classes = new WeakMap<Model, typeof ForwardedCall>()

function fluentClass(model: Model): typeof ForwardedCall {
  let Class = classes.get(model)
  if (!Class) {
    Class = class extends ForwardedCall {}
    for (const { name, kind } of model.fields.values()) {
      if (kind !== 'relation' || name in ForwardedCall.prototype) continue
      const follow = function (this: ForwardedCall, ...args: readonly unknown[]) {
        return this.step({ relation: name, args })
      }
      Object.defineProperty(Class.prototype, name, { value: follow, configurable: true, writable: true })
    }
    classes.set(model, Class)
  }
  return Class
}

/** The model of the row at the end of a chain; undefined where there are many rows, or none. */
function modelAtEnd(models: Models, { delegate, method, fluent }: PrismaCall): Model | undefined {
  if (delegate === null || !singleRow.has(method)) return undefined
  let model = modelsByDelegate(models).get(delegate)
  for (const { relation } of fluent ?? []) {
    const field = model?.fields.get(relation)
    if (field?.kind !== 'relation' || field.isList) return undefined
    model = field.target
  }
  return model
}
