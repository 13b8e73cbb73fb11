import type { Unit } from './unit.js'

/** Proxies and their units, and back: nothing is put on a proxy for it. */
const units = new WeakMap<object, Unit>()
const faces = new WeakMap<Unit, WeakRef<object>>()

export function linkFace(face: object, unit: Unit): void {
  units.set(face, unit)
  faces.set(unit, new WeakRef(face))
}

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
