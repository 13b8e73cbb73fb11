import type { Steps } from '../../driver/effects.js'
import type { Model, Relation } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { changedScalars, isRelationChanged } from '../objects/changes.js'
import { whereAmong } from '../objects/keys.js'
import { loadRows, type Row } from '../objects/load.js'
import { owningRelations, replacesUnknown } from '../objects/relations.js'
import { type Entity, type EntityState, type Identity, identityOf, stateOf } from '../objects/state.js'
import { transactionOnWire } from '../transaction/in-transaction.js'
import { query } from '../verbs/query.js'
import type { FlushWork } from './flush-draft.js'
/** Reads what the plan of a flush has to know of rows, and what was not loaded of them. */
export function* readMissing(core: SessionCore, work: FlushWork): Steps<void> {
  yield* readReplacedMembers(core, work)
  yield* readValues(core, missingValues(core, work))
}

/** An array assigned to a relation replaces its members: who they are has to be known. */
function* readReplacedMembers(core: SessionCore, { changed }: FlushWork): Steps<void> {
  const owners = new Map<Relation, EntityState[]>()
  for (const state of changed) {
    for (const relation of state.model.relations) {
      if (state.expired.has(relation.name) || state.object[relation.name] === undefined) continue
      if (!replacesUnknown(state, relation)) continue
      const found = owners.get(relation)
      if (found) found.push(state)
      else owners.set(relation, [state])
    }
  }
  for (const [relation, states] of owners) yield* readMembers(core, relation, states)
}

function* readMembers(core: SessionCore, relation: Relation, owners: readonly EntityState[]): Steps<void> {
  const { name, model, target } = relation
  yield* transactionOnWire(core) // what is written goes by what is read here
  const select = { ...Object.fromEntries(model.key.map((field) => [field, true])), [name]: true }
  for (const where of whereAmong(model, owners.map(identified))) {
    const rows = (yield* query(core, {
      delegate: model.delegate,
      method: 'findMany',
      args: [{ where, select }],
    })) as Row[]
    for (const row of rows) {
      const state = core.identityMap.find(identityOf(model, row) as Identity)
      if (!state) continue
      core.transaction?.remember(state)
      const value = row[name] as Row | Row[] | null
      const members = loadRows(core, target, value === null ? [] : [value].flat())
      state.setRelated(name, relation.isList ? members : (members[0] ?? null))
      state.setPartial(name, null)
    }
  }
}

function identified({ identity }: EntityState): Identity {
  return identity as Identity
}

/** By object: the fields that are expired, or were never loaded. */
type Missing = Map<EntityState, Set<string>>

/** Values that foreign keys take over, and the versions of rows that are changed. */
function missingValues(core: SessionCore, { changed, holders }: FlushWork): Missing {
  const missing: Missing = new Map()
  const need = (state: EntityState | undefined, names: readonly string[]) => {
    if (state?.lifecycle !== 'persistent' || state.session !== core) return
    for (const name of names) {
      if (!state.expired.has(name)) continue
      const found = missing.get(state)
      if (found) found.add(name)
      else missing.set(state, new Set([name]))
    }
  }
  for (const state of holders) {
    for (const relation of state.model.relations) {
      if (relation.isManyToMany || !isRelationChanged(state, relation)) continue
      if (relation.fields.length === 0) need(state, relation.inverse.references)
      else need(stateOf(state.object[relation.name]), relation.references)
    }
  }
  for (const state of changed) {
    const version = core.versionField(state.model)
    if (version !== undefined && isWritten(state)) need(state, [version])
  }
  return missing
}

function isWritten(state: EntityState): boolean {
  if (changedScalars(state).length > 0) return true
  return owningRelations(state.model).some((relation) => isRelationChanged(state, relation))
}

/** One query for each model. Rows that are gone are left as they are: the write will find that out. */
function* readValues(core: SessionCore, missing: Missing): Steps<void> {
  const byModel = new Map<Model, Map<EntityState, Set<string>>>()
  for (const [state, names] of missing) {
    const states = byModel.get(state.model) ?? new Map<EntityState, Set<string>>()
    byModel.set(state.model, states.set(state, names))
  }
  for (const [model, states] of byModel) {
    yield* transactionOnWire(core)
    const names = new Set([...model.key, ...[...states.values()].flatMap((each) => [...each])])
    const select = Object.fromEntries([...names].map((name) => [name, true]))
    const keys = [...states.keys()].map(({ identity }) => identity as Identity)
    for (const where of whereAmong(model, keys)) {
      const call = { delegate: model.delegate, method: 'findMany', args: [{ where, select }] }
      loadRows(core, model, (yield* query(core, call)) as Entity[])
    }
  }
}
