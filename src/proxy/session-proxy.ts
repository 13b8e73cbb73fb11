import { matrix } from '../matrix/decide.js'
import type { Model } from '../model/model.js'
import { modelsByDelegate } from '../model/models-by-delegate.js'
import { delegateOverProperty } from './delegate-over-property.js'
import { delegateKeys, delegateMember, delegateProxy } from './delegate-proxy.js'
import { properties } from './members.js'
import { prismaMember } from './prisma-members.js'
import { faceOf, type HandedOut, handedOutBy, linkFace, linkSecondFace } from './reflection.js'
import { supports } from './supports.js'
import type { Unit } from './unit.js'
import { disposer, verbMethod } from './verbs.js'
/** The object that users hold. Its traps name a member, ask the matrix, and hand the call on. */
export function sessionProxy(unit: Unit, wrap: Wrap): object {
  const target = new Target(unit, wrap)
  const face = new Proxy(target, traps)
  unit.core.face = face
  target.handedOut = linkFace(face, unit)
  return face
}

/** A second proxy over the same unit of work. */
export function secondProxy(unit: Unit, wrap: Wrap): object {
  const target = new Target(unit, wrap, faceOf(unit))
  const face = new Proxy(target, traps)
  target.handedOut = handedOutBy(unit)
  linkSecondFace(face, unit)
  return face
}

/** The `tx` of `$transaction(fn)`: the session in the block that this is called in. It ends with the block. */
function blockProxy(unit: Unit, wrap: Wrap): object {
  const own = unit.ofBlock()
  const target = new Target(own, wrap, faceOf(unit))
  const face = new Proxy(target, traps)
  target.handedOut = linkFace(face, own)
  return face
}

/** Makes a session over another client with the same options; for `$extends`. */
export type Wrap = (client: object) => object

const inspectCustom = Symbol.for('nodejs.util.inspect.custom')

class Target {
  readonly unit: Unit
  readonly wrap: Wrap
  /** The proxy that this one keeps alive. */
  readonly first: object | undefined
  /** As `handedOutBy`, without the way there: every access asks it first. */
  handedOut!: HandedOut
  /** Node looks for it on the target, past the traps. */
  readonly [inspectCustom] = () => summary(this.unit)

  constructor(unit: Unit, wrap: Wrap, first?: object) {
    this.unit = unit
    this.wrap = wrap
    this.first = first
  }
}

const traps: ProxyHandler<Target> = {
  get({ unit, wrap, first, handedOut }, name) {
    if (typeof name === 'symbol') return symbolMember(unit, name)
    const known = handedOut.get(name)
    if (known !== undefined) return known
    if (name === 'then') return undefined // a session is no promise
    if (Object.hasOwn(properties, name)) return property(unit, name, first)
    if (isVerb(name)) return verb(unit, name)
    const model = modelNamed(unit, name)
    if (model) return delegateProxy(unit, model)
    if (name === 'toJSON') return () => summary(unit)
    return prismaMember(unit, name, { wrap, inBlock: () => blockProxy(unit, wrap) })
  },
  set(target, name, value) {
    const { unit } = target
    if (name === 'autoflush' && typeof value === 'boolean') {
      unit.core.autoflush = value
      return true
    }
    return typeof name === 'string' && setOther(target, name, value)
  },
  has({ unit }, name) {
    return typeof name === 'symbol' ? symbolMember(unit, name) !== undefined : isUsable(unit, name)
  },
  ownKeys({ unit }) {
    return usableNames(unit)
  },
  getOwnPropertyDescriptor(target, name) {
    if (typeof name === 'symbol' || !isUsable(target.unit, name)) return undefined
    const value = traps.get?.(target, name, target)
    return { value, enumerable: true, configurable: true, writable: name === 'autoflush' }
  },
  getPrototypeOf({ unit }) {
    return Reflect.getPrototypeOf(unit.driver.client) // `instanceof` answers as it does for the client
  },
  defineProperty: (target, name, { value }) => typeof name === 'string' && setOther(target, name, value),
  deleteProperty: () => false,
  setPrototypeOf: () => false,
  preventExtensions: () => false,
}

/** A method may be put in another's place, by tests that spy on it; a field of an application's own class of client is that. */
function setOther(target: Target, name: string, value: unknown): boolean {
  const { unit } = target
  if (typeof value === 'function' && typeof traps.get?.(target, name, target) === 'function') {
    handedOutBy(unit).set(name, value)
    return true
  }
  const isField = Object.hasOwn(unit.driver.client, name) && !name.startsWith('$') && !name.startsWith('_')
  return isField && !modelNamed(unit, name) && Reflect.set(unit.driver.client, name, value)
}

/** A model named like a property makes the property carry the delegate's methods. */
function property(unit: Unit, name: string, first: object | undefined): unknown {
  const value = name === 'session' && first ? first : properties[name]?.(unit)
  const model = modelNamed(unit, name)
  return model ? delegateOverProperty(delegateProxy(unit, model), value) : value
}

/** A model named like a method makes the method carry the delegate's. */
function verb(unit: Unit, name: string): unknown {
  const known = handedOutBy(unit).get(name)
  if (known) return known
  const method = verbMethod(unit, name)
  Object.defineProperty(method, 'name', { value: name })
  const model = modelNamed(unit, name)
  if (model) {
    for (const key of ['fields', '$parent', ...delegateKeys(unit, model)]) {
      Object.defineProperty(method, key, { value: delegateMember(unit, model, key), configurable: true })
    }
  }
  handedOutBy(unit).set(name, method)
  return method
}

function dispose(unit: Unit): unknown {
  const known = handedOutBy(unit).get('dispose')
  if (known) return known
  const method = disposer(unit)
  handedOutBy(unit).set('dispose', method)
  return method
}

/** The matrix also has some of Prisma's own methods, for the modes in which they are not there. */
function isVerb(name: string): boolean {
  return Object.hasOwn(matrix, name) && !name.startsWith('$')
}

/** By the name of its delegate, `user`, or of the model itself, which Prisma's clients answer to as well. */
function modelNamed({ core }: Unit, name: string): Model | undefined {
  const models = modelsByDelegate(core.models)
  return models.get(name) ?? models.get(name.charAt(0).toLowerCase() + name.slice(1))
}

function isUsable(unit: Unit, name: string): boolean {
  if (Object.hasOwn(properties, name)) return true
  if (isVerb(name) && modelNamed(unit, name)) return true // a verb that is not there carries the model's methods still
  if (Object.hasOwn(matrix, name) || modelNamed(unit, name)) return supports(unit, name)
  return (
    !name.startsWith('_') &&
    !name.endsWith('Internal') &&
    Reflect.get(unit.driver.client, name) !== undefined &&
    name !== 'then' &&
    supports(unit, name)
  )
}

function usableNames(unit: Unit): string[] {
  const names = [
    ...Object.keys(properties),
    ...Object.keys(matrix),
    ...modelsByDelegate(unit.core.models).keys(),
    ...prismaNames(unit),
  ]
  return [...new Set(names)].filter((name) => isUsable(unit, name))
}

function prismaNames({ driver }: Unit): string[] {
  const prismas = [
    '$connect',
    '$disconnect',
    '$on',
    '$transaction',
    '$extends',
    '$queryRaw',
    '$queryRawUnsafe',
    '$executeRaw',
    '$executeRawUnsafe',
  ]
  const own = Reflect.ownKeys(driver.client).filter(
    (name): name is string => typeof name === 'string' && !name.startsWith('_') && name !== 'constructor',
  )
  return [...prismas, ...own]
}

function symbolMember(unit: Unit, name: symbol): unknown {
  if (name === (unit.mode === 'async' ? Symbol.asyncDispose : Symbol.dispose)) return dispose(unit)
  if (name === Symbol.iterator) return () => everyObject(unit)
  if (name === Symbol.toStringTag) return 'Session'
  if (name === inspectCustom) return () => summary(unit)
  return undefined
}

function* everyObject({ core }: Unit): Generator<object> {
  for (const { object } of [...core.pending, ...core.identityMap.states()]) yield object
}

/** What a session shows of itself: nothing that would load or send. */
function summary({ core, driver }: Unit): object {
  const { transaction } = core
  return {
    session: 'prisma-session-proxy',
    isAsync: driver.isAsync,
    transaction: transaction ? `${transaction.isNested ? 'savepoint, ' : ''}${transaction.status}` : 'none',
    new: core.pending.size,
    deleted: core.marked.size,
    identityMap: core.identityMap.size,
  }
}
