import type { Steps } from '../../driver/effects.js'
import { ArgumentError, PendingRollbackError } from '../../errors.js'
import type { Model } from '../../model/model.js'
import type { FlushOutcome, FlushPlan } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import { changedStates, hasWork, isRelationChanged } from '../objects/changes.js'
import { markStale } from '../objects/lifecycle.js'
import { owningRelations } from '../objects/relations.js'
import { type EntityState, identityOf, stateOf } from '../objects/state.js'
import { transactionOnWire, usableTransaction } from '../transaction/in-transaction.js'
import { failLevel } from '../transaction/levels.js'
import { attachGraph, meetEntity, newMembers } from '../verbs/add.js'
import { draftFlush, type FlushWork } from './flush-draft.js'
import { arriving, fillIn, knownAfter, settleFlush } from './flush-outcome.js'
import { readMissing } from './read-missing.js'
import { requireValues } from './required-values.js'
import { refuseUnknownKeys } from './unknown-keys.js'
/** Writes what has changed. Mirrors `Session.flush()`. `entities` limits it to those and what their keys need. */
export function* flush(core: SessionCore, entities?: readonly unknown[]): Steps<void> {
  core.refuseWhenClosed()
  const chosen = entities && chosenStates(core, entities)
  if (!hasWork(core)) return
  const transaction = usableTransaction(core)
  const progress: Progress = { isChecking: false }
  core.isFlushing = true
  try {
    yield* flushNow(core, chosen, progress)
  } catch (error) {
    core.isFlushing = false
    // What is refused before anything is written can be mended, and flushed then.
    if (!progress.isChecking && !(error instanceof PendingRollbackError)) yield* failLevel(core, transaction, error)
    throw error
  } finally {
    core.isFlushing = false
  }
}

/** Flushes before a query, so that the query sees what the program has done. */
export function* autoflush(core: SessionCore): Steps<void> {
  if (!core.flushesBeforeQueries || !hasWork(core)) return
  try {
    yield* flush(core)
  } catch (error) {
    throw explained(error)
  }
}

/** What a flush would write now. Reads nothing and sends nothing. */
export function plannedFlush(core: SessionCore): FlushPlan {
  return draftFlush(core, gatherWork(core))
}

const noOutcome: FlushOutcome = { rows: [], outdated: new Set(), missed: [] }

/** How far a flush has come. */
interface Progress {
  /** What the program has given is being checked. */
  isChecking: boolean
}

function checked<T>(progress: Progress, check: () => T): T {
  progress.isChecking = true
  const value = check()
  progress.isChecking = false
  return value
}

function* flushNow(core: SessionCore, chosen: ReadonlySet<EntityState> | undefined, progress: Progress): Steps<void> {
  yield* core.events.emit('beforeFlush', { entities: chosen && [...chosen].map(({ object }) => object) })
  const work = checked(progress, () => gatherWork(core, chosen))
  yield* core.events.tell()
  checked(progress, () => refuseUnknownKeys(core, [...work.added, ...pointingToNew(core)]))
  yield* readMissing(core, work)
  yield* warnOfTakenKeys(core, work)
  const draft = checked(progress, () => draftFlush(core, work))
  checked(progress, () => requireValues(core, draft.written))
  const transaction = yield* transactionOnWire(core)
  const outcome: FlushOutcome = draft.steps.length > 0 ? yield* core.writer.write({ steps: draft.steps }) : noOutcome
  if (draft.steps.length > 0) transaction.hasFlushed = true
  const known = knownAfter(draft, outcome)
  fillIn(draft, known)
  if (core.events.has('afterFlush'))
    yield* core.identityMap.withArriving(arriving(draft, known), core.events.emit('afterFlush'))
  settleFlush(core, transaction, draft, known)
  for (const { id, state } of draft.written) if (outcome.outdated.has(id)) markStale(core, state)
  yield* core.events.tell()
  yield* warnOfMissed(core, outcome)
  yield* core.events.emit('afterFlushPostexec')
}

/** Loaded objects of models that refer to those of new ones. */
function pointingToNew({ pending, identityMap }: SessionCore): EntityState[] {
  const models = new Set<Model>()
  for (const { model } of pending) for (const relation of model.referrers) models.add(relation.model)
  return [...models].flatMap((model) => [...identityMap.statesOf(model)])
}

/** What is pending, changed and marked, with the new objects that changed relations hold. */
function gatherWork(core: SessionCore, chosen?: ReadonlySet<EntityState>): FlushWork {
  let changed = changedStates(core)
  const holding = () => [...core.pending, ...changed].filter(holdsRelations)
  let holders = holding()
  let hasGrown = false
  for (const state of holders) {
    for (const member of newMembers(core, state)) {
      attachGraph(core, member)
      hasGrown = true
    }
  }
  if (hasGrown) {
    changed = changedStates(core)
    holders = holding()
  }
  const all = { added: [...core.pending], changed, marked: [...core.marked], holders }
  if (!chosen) return all
  const wanted = withNeeded(chosen)
  const isWanted = (state: EntityState) => wanted.has(state)
  return {
    added: all.added.filter(isWanted),
    changed: all.changed.filter(isWanted),
    marked: all.marked.filter(isWanted),
    holders: all.holders.filter(isWanted),
  }
}

/** Most objects have no relation loaded or set: whether this one has is asked once. */
function holdsRelations({ model, object, expired }: EntityState): boolean {
  for (const { name } of model.relations) {
    if (expired.size > 0 && expired.has(name)) continue
    if (object[name] !== undefined) return true
  }
  return false
}

function chosenStates(core: SessionCore, entities: unknown): ReadonlySet<EntityState> {
  if (!Array.isArray(entities)) throw new ArgumentError('flush() takes an array of objects, or nothing')
  return new Set(entities.map((entity) => meetEntity(core, entity, 'flush')))
}

/** A row cannot be written before those its foreign keys point to, nor a relation before its new members. */
function withNeeded(chosen: ReadonlySet<EntityState>): Set<EntityState> {
  const wanted = new Set(chosen)
  for (const { model, object, expired } of wanted) {
    for (const { name, fields } of model.relations) {
      if (expired.has(name)) continue
      const value = object[name]
      for (const member of Array.isArray(value) ? value : [value]) {
        const state = stateOf(member)
        if (state && (fields.length > 0 || state.lifecycle === 'pending')) wanted.add(state)
      }
    }
  }
  return wanted
}

function* warnOfTakenKeys(core: SessionCore, { added, marked }: FlushWork): Steps<void> {
  const leaving = new Set(marked)
  for (const state of added) {
    const identity = identityOf(state.model, state.object)
    const other = identity && core.identityMap.find(identity)
    if (!other || leaving.has(other) || givesKeyUp(other)) continue
    yield* core.events.emit('warning', {
      message: `a new ${state.model.name} has the key of ${other.label}, which this session holds as another object: use merge() to update that one`,
      entity: state.object,
      other: other.object,
    })
  }
}

/** True for an object that gets another key in this flush. */
function givesKeyUp(state: EntityState): boolean {
  const { model, object, identity } = state
  if (identityOf(model, object)?.text !== identity?.text) return true
  return owningRelations(model).some(
    (relation) => relation.fields.some((name) => model.key.includes(name)) && isRelationChanged(state, relation),
  )
}

function* warnOfMissed(core: SessionCore, { missed }: FlushOutcome): Steps<void> {
  if (!core.options.confirmDeletedRows) return
  for (const { model, expected, matched } of missed) {
    yield* core.events.emit('warning', {
      message: `DELETE on ${model} expected to match ${expected} row(s), ${matched} matched: the others were deleted before. confirmDeletedRows: false silences this`,
    })
  }
}

/** The error stays what it is; it tells beside that a query brought it about. */
function explained(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || 'detail' in error) return error
  const detail = 'raised by an autoflush before a query: wrap the query in session.noAutoflush() if it came too early'
  Object.defineProperty(error, 'detail', { value: detail, configurable: true })
  if (error instanceof Error) error.message += `\n(${detail})`
  return error
}
