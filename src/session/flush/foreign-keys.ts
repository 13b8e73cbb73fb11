import { FlushError } from '../../errors.js'
import type { Relation } from '../../model/model.js'
import { sameValue } from '../../model/values.js'
import { isRelationChanged } from '../objects/changes.js'
import { type Entity, type EntityState, stateOf } from '../objects/state.js'
/** What the changed relations of a flush mean: foreign keys to set, and many-to-many links to make and to drop. */
export class RelationChanges {
  /** By the object that holds the key: its relation, and the object it shall point to. */
  readonly foreignKeys = new Map<EntityState, Map<Relation, EntityState | null>>()
  /** By relation (one of its two sides, always the same) and the object on that side. */
  readonly links = new Map<Relation, Map<EntityState, Links>>()
  readonly #dropped: { owner: EntityState; relation: Relation; child: EntityState }[] = []

  constructor(states: Iterable<EntityState>) {
    for (const state of states) {
      for (const relation of state.model.relations) {
        if (isRelationChanged(state, relation)) this.#read(state, relation)
      }
    }
    for (const { owner, relation, child } of this.#dropped) this.#orphan(owner, relation, child)
  }

  #read(state: EntityState, relation: Relation): void {
    const value = state.object[relation.name]
    if (relation.fields.length > 0) {
      this.#point(state, relation, value === null ? null : (stateOf(value) as EntityState))
      return
    }
    const now = new Set(members(value))
    const known = new Set(members(state.related.get(relation.name)))
    const added = [...now].filter((member) => !known.has(member))
    const dropped = [...known].filter((member) => !now.has(member))
    if (relation.isManyToMany) {
      for (const member of added) this.#linksOf(state, relation, member).connect.add(otherSide(state, relation, member))
      for (const member of dropped) {
        if (isHere(member)) this.#linksOf(state, relation, member).disconnect.add(otherSide(state, relation, member))
      }
      return
    }
    for (const member of added) this.#point(stateOf(member) as EntityState, relation.inverse, state)
    for (const member of dropped) {
      if (isHere(member))
        this.#dropped.push({ owner: state, relation: relation.inverse, child: stateOf(member) as EntityState })
    }
  }

  #point(child: EntityState, relation: Relation, target: EntityState | null): void {
    let keys = this.foreignKeys.get(child)
    if (!keys) {
      keys = new Map()
      this.foreignKeys.set(child, keys)
    }
    const other = keys.get(relation)
    if (other === undefined || other === null) keys.set(relation, target)
    else if (target !== null && other !== target) {
      throw new FlushError(
        `${child.label} is given to both ${other.label} and ${target.label} through ${relation.model.name}.${relation.name}: take it out of one`,
      )
    }
  }

  /** A member taken out of a list loses its parent, unless it has got another or points elsewhere already. */
  #orphan(owner: EntityState, relation: Relation, child: EntityState): void {
    if (this.foreignKeys.get(child)?.has(relation) || child.isMarked) return
    const index = relation.fields.findIndex((name) => child.baseline && !sameField(child, name, child.baseline[name]))
    if (index >= 0 || this.#isFilled(child, relation)) return // the key itself was changed: that wins
    if (relation.isRequired) {
      throw new FlushError(
        `${child.label} was taken out of ${owner.label}.${relation.inverse.name} and its ${relation.fields.join(', ')} cannot be null: delete() it, or give it another ${relation.name}`,
      )
    }
    this.#point(child, relation, null)
  }

  /** True when other relations give all columns of this one. */
  #isFilled(child: EntityState, { fields }: Relation): boolean {
    const others = [...(this.foreignKeys.get(child) ?? [])].filter(([, target]) => target !== null)
    return fields.every((name) => others.some(([other]) => other.fields.includes(name)))
  }

  #linksOf(state: EntityState, relation: Relation, member: Entity): Links {
    const [side, owner] = isFirstSide(relation) ? [relation, state] : [relation.inverse, stateOf(member) as EntityState]
    let byOwner = this.links.get(side)
    if (!byOwner) {
      byOwner = new Map()
      this.links.set(side, byOwner)
    }
    let links = byOwner.get(owner)
    if (!links) {
      links = { connect: new Set(), disconnect: new Set() }
      byOwner.set(owner, links)
    }
    return links
  }
}

export interface Links {
  readonly connect: Set<EntityState>
  readonly disconnect: Set<EntityState>
}

function sameField(state: EntityState, name: string, value: unknown): boolean {
  const field = state.model.fields.get(name)
  return field?.kind === 'scalar' && sameValue(field, state.object[name], value)
}

/** Deleted and expunged objects need no UPDATE. */
function isHere(member: Entity): boolean {
  const state = stateOf(member)
  return state?.session !== null && state !== undefined && !state.isMarked && state.lifecycle !== 'deleted'
}

function members(value: unknown): Entity[] {
  if (Array.isArray(value)) return value
  return value === null || value === undefined ? [] : [value as Entity]
}

/** Of the two sides of a many-to-many relation, the one that links are filed under. */
function isFirstSide({ model, name, inverse }: Relation): boolean {
  return `${model.name}.${name}` <= `${inverse.model.name}.${inverse.name}`
}

function otherSide(state: EntityState, relation: Relation, member: Entity): EntityState {
  return isFirstSide(relation) ? (stateOf(member) as EntityState) : state
}
