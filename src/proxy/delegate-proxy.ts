import { decide, notImplemented } from '../matrix/decide.js'
import type { Model } from '../model/model.js'
import { bringsOneRow, forwardedCall } from './forwarded-call.js'
import { faceOf } from './reflection.js'
import type { Unit } from './unit.js'
/** `session.user`: Prisma's delegate, whose calls go through the session. */
export function delegateProxy(unit: Unit, model: Model): object {
  const key = `delegate ${model.name}`
  const known = unit.handedOut.get(key)
  if (known) return known as object
  const proxy = new Proxy(new DelegateTarget(unit, model), traps)
  unit.handedOut.set(key, proxy)
  return proxy
}

/** The methods that Prisma gives every delegate. */
export const prismaOperations: ReadonlySet<string> = new Set([
  ...['findUnique', 'findUniqueOrThrow', 'findFirst', 'findFirstOrThrow', 'findMany', 'count', 'aggregate', 'groupBy'],
  ...[
    'create',
    'createMany',
    'createManyAndReturn',
    'update',
    'updateMany',
    'updateManyAndReturn',
    'upsert',
    'delete',
    'deleteMany',
  ],
])

/** One method of a model, by name; undefined where the delegate has none. */
export function delegateMember(unit: Unit, model: Model, name: string): unknown {
  const key = `${model.delegate}.${name}`
  const known = unit.handedOut.get(key)
  if (known !== undefined) return known
  const member = prismaOperations.has(name) ? operation(unit, model, name, key) : extensionMember(unit, model, name)
  if (typeof member === 'function') unit.handedOut.set(key, member)
  return member
}

export function delegateKeys(unit: Unit, model: Model): string[] {
  const own = Object.keys(prismaDelegate(unit, model)).filter((name) => !mongoOnly.has(name) && !name.startsWith('$'))
  return own.filter((name) => decide(unit.decisions, `${model.delegate}.${name}`) !== 'notImplemented')
}

const mongoOnly = new Set(['findRaw', 'aggregateRaw'])

const inspectCustom = Symbol.for('nodejs.util.inspect.custom')

class DelegateTarget {
  readonly unit: Unit
  readonly model: Model
  /** Node looks for it on the target, past the traps. */
  readonly [inspectCustom] = () => `session.${this.model.delegate}`

  constructor(unit: Unit, model: Model) {
    this.unit = unit
    this.model = model
  }
}

const traps: ProxyHandler<DelegateTarget> = {
  get({ unit, model }, name) {
    if (typeof name === 'symbol') return Reflect.get(prismaDelegate(unit, model), name)
    return delegateMember(unit, model, name)
  },
  has({ unit, model }, name) {
    return typeof name === 'string' && delegateKeys(unit, model).includes(name)
  },
  ownKeys({ unit, model }) {
    return delegateKeys(unit, model)
  },
  getOwnPropertyDescriptor({ unit, model }, name) {
    if (typeof name === 'symbol' || !delegateKeys(unit, model).includes(name)) return undefined
    return { value: delegateMember(unit, model, name), enumerable: true, configurable: true, writable: false }
  },
  getPrototypeOf({ unit, model }) {
    return Reflect.getPrototypeOf(prismaDelegate(unit, model))
  },
  set: () => false,
  defineProperty: () => false,
  deleteProperty: () => false,
}

function operation(unit: Unit, model: Model, method: string, key: string): (...args: unknown[]) => object {
  const { delegate } = model
  const fluent = bringsOneRow(method) ? model : null
  if (decide(unit.decisions, key) === 'notImplemented') {
    return () => {
      throw notImplemented(key, 'async')
    }
  }
  return (...args) => forwardedCall(unit, { delegate, method, args }, fluent)
}

/** What a model extension adds: its `this` is the session's delegate, so that its own calls stay in the transaction. */
function extensionMember(unit: Unit, model: Model, name: string): unknown {
  if (name === '$parent') return faceOf(unit)
  const member = Reflect.get(prismaDelegate(unit, model), name)
  if (typeof member !== 'function') return member
  return (...args: unknown[]) => Reflect.apply(member, delegateProxy(unit, model), args)
}

function prismaDelegate({ driver }: Unit, { delegate }: Model): object {
  return (driver.client as Record<string, object>)[delegate] as object
}
