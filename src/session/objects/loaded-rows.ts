import type { Relation, ScalarField } from '../../model/model.js'
import { keyTextOf } from '../../model/values.js'
import type { SessionCore } from '../core.js'
import type { Entity, EntityState } from './state.js'

/**
 * Finds loaded objects along foreign keys. Each relation is indexed by the values last known in the database when it is
 * first asked for, and not again: make one for each piece of work.
 */
export class LoadedRows {
  readonly #core: SessionCore
  readonly #targets = new Map<Relation, ReadonlyMap<string, EntityState>>()
  readonly #children = new Map<Relation, ReadonlyMap<string, readonly EntityState[]>>()

  constructor(core: SessionCore) {
    this.#core = core
  }

  /** The loaded object that a foreign key points to: null for a null key, undefined when it is not loaded. */
  target(relation: Relation, source: Entity): EntityState | null | undefined {
    for (const name of relation.fields) {
      const value = source[name]
      if (value === null || value === undefined) return value
    }
    const { byKey, all } = pointerOf(relation)
    if (byKey) return this.#core.identityMap.get(relation.target, textOf(byKey, source, 'foreign') as string)
    let targets = this.#targets.get(relation)
    if (!targets) {
      targets = this.#indexTargets(relation)
      this.#targets.set(relation, targets)
    }
    return targets.get(textOf(all, source, 'foreign') as string)
  }

  /** The loaded objects whose rows point to one with these values. */
  children(relation: Relation, parent: Entity): readonly EntityState[] {
    const text = textOf(pointerOf(relation).all, parent, 'referenced')
    if (text === null) return none
    let children = this.#children.get(relation)
    if (!children) {
      children = this.#indexChildren(relation)
      this.#children.set(relation, children)
    }
    return children.get(text) ?? none
  }

  #indexTargets(relation: Relation): Map<string, EntityState> {
    const { all } = pointerOf(relation)
    const found = new Map<string, EntityState>()
    for (const state of this.#core.identityMap.statesOf(relation.target)) {
      const text = state.baseline && textOf(all, state.baseline, 'referenced')
      if (text !== null) found.set(text, state)
    }
    return found
  }

  #indexChildren(relation: Relation): Map<string, EntityState[]> {
    const { all } = pointerOf(relation)
    const found = new Map<string, EntityState[]>()
    for (const state of this.#core.identityMap.statesOf(relation.model)) {
      const text = state.baseline && textOf(all, state.baseline, 'foreign')
      if (text === null) continue
      const others = found.get(text)
      if (others) others.push(state)
      else found.set(text, [state])
    }
    return found
  }
}

const none: readonly EntityState[] = []

/** Text for the row that a foreign key points to, or that its referenced fields make; null where a part of it is null or unknown. */
export function pointerText(relation: Relation, values: Entity, side: keyof Columns): string | null {
  return textOf(pointerOf(relation).all, values, side)
}

/** A foreign key and what it points to, in the same order. */
interface Columns {
  readonly foreign: readonly string[]
  readonly referenced: readonly string[]
}

interface Pair extends Columns {
  readonly fields: readonly ScalarField[]
}

interface Pointer {
  readonly all: Pair
  /** Those of the target's key, in its order; null where the foreign key points to another unique. */
  readonly byKey: Pair | null
}

function textOf({ fields, ...names }: Pair, values: Entity, side: keyof Columns): string | null {
  const found: unknown[] = []
  for (const name of names[side]) {
    const value = values[name]
    if (value === null || value === undefined) return null
    found.push(value)
  }
  return keyTextOf(fields, found)
}

const pointers = new WeakMap<Relation, Pointer>()

function pointerOf(relation: Relation): Pointer {
  let pointer = pointers.get(relation)
  if (!pointer) {
    const { references, target } = relation
    const isByKey = target.key.every((name) => references.includes(name))
    pointer = { all: pairOf(relation, references), byKey: isByKey ? pairOf(relation, target.key) : null }
    pointers.set(relation, pointer)
  }
  return pointer
}

function pairOf({ fields, references, target }: Relation, referenced: readonly string[]): Pair {
  return {
    foreign: referenced.map((name) => fields[references.indexOf(name)] as string),
    referenced,
    fields: referenced.map((name) => target.fields.get(name) as ScalarField),
  }
}
