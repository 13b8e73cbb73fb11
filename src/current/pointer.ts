import type { InvalidRequestError } from '../errors.js'
import { matrix } from '../matrix/decide.js'
import { properties } from '../proxy/members.js'
import { isPointer, linkPointer } from '../proxy/reflection.js'

const inspectCustom = Symbol.for('nodejs.util.inspect.custom')

/**
 * Stands for whichever session is current, so that it can be imported once and used everywhere. Where there is none, the
 * members of a session throw; what no session has is undefined, for programs look at what they are handed.
 */
export function pointer({ find, client, missing, outside = () => undefined }: Pointed): object {
  const known = (name: string | symbol) => typeof name === 'string' && isMember(client, name)
  const face = new Proxy(new Target(find), {
    get(_, name) {
      if (name === 'then') return undefined // nobody waits for a session, though many look
      const session = find()
      if (session) return Reflect.get(session, name)
      if (name === inspectCustom) return () => 'no session'
      const other = typeof name === 'string' && isPrismas(client, name) ? outside() : undefined
      if (other) return Reflect.get(other, name)
      if (known(name)) throw missing()
      return Reflect.get(Object.prototype, name)
    },
    set(_, name, value) {
      const session = find()
      if (!session) throw missing()
      return Reflect.set(session, name, value)
    },
    has(_, name) {
      const session = find()
      return session ? Reflect.has(session, name) : known(name)
    },
    ownKeys() {
      return Reflect.ownKeys(find() ?? {})
    },
    getOwnPropertyDescriptor(_, name) {
      const session = find()
      return session && Reflect.getOwnPropertyDescriptor(session, name)
    },
    getPrototypeOf() {
      return Reflect.getPrototypeOf(find() ?? client)
    },
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  })
  linkPointer(face, find)
  return face
}

export interface Pointed {
  /** The session that is current here and now. */
  find(): object | undefined
  /** What its sessions wrap. */
  readonly client: object
  /** The error where there is none. */
  missing(): InvalidRequestError
  /** What answers to Prisma's own members where there is none, if anything. */
  outside?(): object | undefined
}

class Target {
  /** Node looks for it on the target, past the traps. */
  readonly [inspectCustom]: () => unknown

  constructor(find: () => object | undefined) {
    this[inspectCustom] = () => find() ?? 'no session'
  }
}

/** A member of sessions, or Prisma's. */
function isMember(client: object, name: string): boolean {
  return Object.hasOwn(matrix, name) || Object.hasOwn(properties, name) || isPrismas(client, name)
}

/** A delegate, or a method with a `$`: what else an application's own class of client has, frameworks may look for. */
function isPrismas(client: object, name: string): boolean {
  if (name in Object.prototype || name.startsWith('_')) return false
  if (name.startsWith('$') || isPointer(client)) return name in client
  const own = Reflect.get(client, name) as { readonly findMany?: unknown } | undefined
  return typeof own === 'object' && typeof own?.findMany === 'function'
}
