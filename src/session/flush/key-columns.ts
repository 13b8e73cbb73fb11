import { FlushError } from '../../errors.js'
import type { Relation, ScalarField } from '../../model/model.js'
import { sameValue } from '../../model/values.js'
import { nullableFields, owningRelations } from '../objects/relations.js'
import type { EntityState } from '../objects/state.js'
import type { RelationChanges } from './foreign-keys.js'

/** Where a column of a foreign key gets its value: the value itself, or a new row that will have it. */
export interface KeySource {
  readonly value: unknown
  readonly from: EntityState | null
  readonly field: string
}

/** A source, and the relation that gives it. */
export interface Claim extends KeySource {
  readonly relation: Relation
  readonly target: EntityState | null
}

/**
 * The columns that the changed relations of an object give. Relations may share columns: each column is settled once, and
 * whatever else sets it must agree.
 */
export function keyColumns(changes: RelationChanges, state: EntityState): ReadonlyMap<string, Claim> | null {
  const keys = changes.foreignKeys.get(state)
  if (!keys) return null
  const claims = new Map<string, Claim>()
  for (const [relation, target] of keys) {
    if (!target) continue
    for (const [index, name] of relation.fields.entries()) {
      const claim = { relation, target, ...sourceOf(changes, target, relation.references[index] as string) }
      refuseOtherScalar(state, name, claim)
      const other = claims.get(name)
      if (other && !isSameSource(state, name, other, claim)) throw disagreement(state, other, claim)
      if (!other) claims.set(name, claim)
    }
  }
  for (const [relation, target] of keys) if (target === null) empty(state, relation, claims)
  return claims
}

/** A relation set to null empties columns that no other relation fills: one null is enough to point nowhere. */
function empty(state: EntityState, relation: Relation, claims: Map<string, Claim>): void {
  const emptied = emptiedFields(relation)
  const free = emptied.filter((name) => (claims.get(name)?.target ?? null) === null)
  const claim = { relation, target: null, value: null, from: null, field: '' }
  if (free.length === 0 && emptied.length > 0)
    throw disagreement(state, claims.get(emptied[0] as string) as Claim, claim)
  for (const name of free) {
    refuseOtherScalar(state, name, claim)
    claims.set(name, claim)
  }
}

/** The columns of an optional relation that belong to no other relation, where there are such. */
function emptiedFields(relation: Relation): readonly string[] {
  let fields = emptiedBy.get(relation)
  if (!fields) {
    const nullable = relation.isRequired ? relation.fields : nullableFields(relation)
    const others = owningRelations(relation.model).filter((other) => other !== relation)
    const own = nullable.filter((name) => !others.some((other) => other.fields.includes(name)))
    fields = own.length > 0 ? own : nullable
    emptiedBy.set(relation, fields)
  }
  return fields
}

const emptiedBy = new WeakMap<Relation, readonly string[]>()

/** A referenced field may itself be a foreign key that changes. */
function sourceOf(changes: RelationChanges, state: EntityState, field: string, seen?: Set<EntityState>): KeySource {
  for (const [{ fields, references }, target] of changes.foreignKeys.get(state) ?? []) {
    const index = fields.indexOf(field)
    if (index < 0 || !target || seen?.has(target)) continue
    return sourceOf(changes, target, references[index] as string, (seen ?? new Set([state])).add(target))
  }
  const value = state.expired.has(field) ? undefined : state.object[field]
  return { value, from: value === undefined ? state : null, field }
}

function isSameSource(state: EntityState, name: string, a: KeySource, b: KeySource): boolean {
  if (a.from || b.from) return a.from === b.from && a.field === b.field
  return sameValue(state.model.fields.get(name) as ScalarField, a.value, b.value)
}

/** Object and scalar may both be set; they must say the same. */
function refuseOtherScalar(state: EntityState, name: string, { relation, target, value, from }: Claim): void {
  const { object, expired, baseline, model } = state
  const given = expired.has(name) ? undefined : object[name]
  const field = model.fields.get(name) as ScalarField
  const isGiven = baseline
    ? given !== undefined && !sameValue(field, given, baseline[name])
    : given !== undefined && given !== null
  if (!isGiven || (!from && sameValue(field, given, value))) return
  throw new FlushError(
    `${state.label}: ${relation.name} and ${name} were both set and disagree (${target?.label ?? 'null'}, ${String(given)}): set one of them`,
  )
}

function disagreement(state: EntityState, a: Claim, b: Claim): FlushError {
  const [one, other] = [a, b].map(({ relation, target }) => `${relation.name} (${target?.label ?? 'null'})`)
  const shared = a.relation.fields.filter((name) => b.relation.fields.includes(name)).join(', ')
  return new FlushError(`${state.label}: ${one} and ${other} disagree on ${shared}, which both set: change one of them`)
}
