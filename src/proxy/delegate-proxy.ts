import { methodsOf, prismaOperations } from '../driver/operations.js'
import { decide, notImplemented } from '../matrix/decide.js'
import type { Model } from '../model/model.js'
import { faceOf, handedOutBy } from './reflection.js'
import type { Unit } from './unit.js'
/** `session.user`: Prisma's delegate, whose calls go through the session. */
export function delegateProxy(unit: Unit, model: Model): object {
  const key = `delegate ${model.name}`
  const known = handedOutBy(unit).get(key)
  if (known) return known as object
  const proxy = new Proxy(new DelegateTarget(unit, model), traps)
  handedOutBy(unit).set(key, proxy)
  return proxy
}

/** One method of a model, by name; undefined where the delegate has none. */
export function delegateMember(unit: Unit, model: Model, name: string): unknown {
  const key = `${model.delegate}.${name}`
  const known = handedOutBy(unit).get(key)
  if (known !== undefined) return known
  const member = memberOf(unit, model, name, key)
  if (typeof member === 'function') handedOutBy(unit).set(key, member)
  return member
}

function memberOf(unit: Unit, model: Model, name: string, key: string): unknown {
  const member = prismaOperations.has(name) ? operation(unit, model, name) : extensionMember(unit, model, name)
  if (typeof member !== 'function' || decide(unit.decisions, key) !== 'notImplemented') return member
  return () => {
    throw notImplemented(key, unit.mode)
  }
}

export function delegateKeys(unit: Unit, model: Model): string[] {
  return methodsOf(prismaDelegate(unit, model)).filter(
    (name) => decide(unit.decisions, `${model.delegate}.${name}`) !== 'notImplemented',
  )
}

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
    if (typeof name !== 'string' || !Reflect.has(prismaDelegate(unit, model), name)) return false
    return decide(unit.decisions, `${model.delegate}.${name}`) !== 'notImplemented'
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
  // Tests put a spy in a method's place, and the method back.
  set: ({ unit, model }, name, value) => replaceMember(unit, model, name, value),
  defineProperty: ({ unit, model }, name, { value }) => replaceMember(unit, model, name, value),
  deleteProperty: () => false,
}

function replaceMember(unit: Unit, { delegate }: Model, name: string | symbol, value: unknown): boolean {
  if (typeof name !== 'string' || typeof value !== 'function') return false
  handedOutBy(unit).set(`${delegate}.${name}`, value)
  return true
}

function operation(unit: Unit, { delegate }: Model, method: string): (...args: unknown[]) => unknown {
  return (...args) => unit.calls.forward({ delegate, method, args })
}

/** What a model extension adds: its `this` is the session's delegate, so that its own calls stay in the transaction. */
function extensionMember(unit: Unit, model: Model, name: string): unknown {
  if (name === '$parent') return faceOf(unit)
  const member = Reflect.get(prismaDelegate(unit, model), name)
  if (typeof member !== 'function') return member
  if (unit.mode === 'sync') return operation(unit, model, name) // it runs in the client's thread
  return (...args: unknown[]) => Reflect.apply(member, delegateProxy(unit, model), args)
}

function prismaDelegate({ driver }: Unit, { delegate }: Model): object {
  return (driver.client as Record<string, object>)[delegate] as object
}
