import type { Unit } from './unit.js'

/** Proxies and their units, and back: nothing is put on a proxy for it. */
const units = new WeakMap<object, Unit>()
const faces = new WeakMap<Unit, WeakRef<object>>()

export function linkFace(face: object, unit: Unit): HandedOut {
  units.set(face, unit)
  faces.set(unit, new WeakRef(face))
  const things = new HandedOut(face)
  handedOut.set(face, things)
  return things
}

/** Methods and delegates of a session: the same each time, and used without it perhaps, so that each keeps it alive. */
export class HandedOut {
  /** The caller's own, which may refer to the session, as listeners do. */
  info: object = {}
  readonly #face: object
  readonly #things = new Map<string, unknown>()

  constructor(face: object) {
    this.#face = face
  }

  get(key: string): unknown {
    return this.#things.get(key)
  }

  set(key: string, thing: unknown): void {
    this.#things.set(key, thing)
    if (thing !== null && (typeof thing === 'object' || typeof thing === 'function')) keepers.set(thing, this.#face)
  }
}

/** What a session has handed out. It is the face's and not the unit's, which outlives that to notice that it was dropped. */
export function handedOutBy(unit: Unit): HandedOut {
  const face = faceOf(unit)
  return (face && handedOut.get(face)) ?? new HandedOut(unit)
}

const handedOut = new WeakMap<object, HandedOut>()
const keepers = new WeakMap<object, object>()

/** A further proxy of a unit that has one, which it keeps alive. */
export function linkSecondFace(face: object, unit: Unit): void {
  units.set(face, unit)
}

/** A stand-in for whichever session is current. */
export function linkPointer(face: object, find: () => object | undefined): void {
  pointers.set(face, find)
}

const pointers = new WeakMap<object, () => object | undefined>()

export function isPointer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && pointers.has(value)
}

/** The unit behind a session, or undefined for anything else. */
export function unitOf(value: unknown): Unit | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const unit = units.get(value)
  if (unit) return unit
  const session = pointers.get(value)?.()
  return session && units.get(session)
}

/** The session that users hold. */
export function faceOf(unit: Unit): object | undefined {
  return faces.get(unit)?.deref()
}
