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

/** The unit behind a session, or undefined for anything else. */
export function unitOf(value: unknown): Unit | undefined {
  return typeof value === 'object' && value !== null ? units.get(value) : undefined
}

/** The session that users hold. */
export function faceOf(unit: Unit): object | undefined {
  return faces.get(unit)?.deref()
}
