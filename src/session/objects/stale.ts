import type { PrismaCall } from '../../driver/effects.js'
import type { Model } from '../../model/model.js'
import { modelsByDelegate } from '../../model/models-by-delegate.js'
import type { SessionCore } from '../core.js'
import { rawText, writesRows } from '../statements/raw.js'
import { isPlainObject } from './keys.js'
import { markStale } from './lifecycle.js'
/**
 * After a call of Prisma's that wrote past the session, and gave `value`: what it may have changed is read again before it
 * is believed.
 */
export function staleAfter(core: SessionCore, { delegate, method, args }: PrismaCall, value?: unknown): void {
  if (core.transaction && (delegate === null || isWrite(method))) {
    core.transaction.hasOtherWrites = true
    if (wroteRows(delegate, args, value)) core.transaction.hasOtherRows = true
  }
  if (delegate === null) {
    if (core.transaction) core.transaction.root.hasRawSql = true
    // What an extension's method does in the client's thread, nobody sees from here.
    if (!method.startsWith('$queryRaw') || writesRows(rawText(args[0]))) staleAll(core)
    return
  }
  if (!isWrite(method)) return
  const model = modelsByDelegate(core.models).get(delegate)
  for (const written of model ? writtenModels(model, args[0]) : []) {
    for (const state of core.identityMap.statesOf(written)) markStale(core, state)
    staleReached(core, written, (key) => namesOneOf(args[0], key))
  }
}

/** As far as the answer tells: a count of 0, or no rows of raw SQL, is none. */
function wroteRows(delegate: string | null, args: readonly unknown[], value: unknown): boolean {
  if (delegate === null) return writesRows(rawText(args[0])) && (typeof value !== 'number' || value > 0)
  return !(isPlainObject(value) && value.count === 0)
}

export function staleAll(core: SessionCore): void {
  for (const state of core.identityMap.states()) markStale(core, state)
}

/** Objects of the models that referential actions of this one reach, once its rows go or their keys move. */
export function staleReached(
  core: SessionCore,
  model: Model,
  moved: (key: readonly string[]) => boolean,
  seen = new Set([model]),
): void {
  for (const { model: child, references, onDelete, onUpdate } of model.referrers) {
    const action = moved(references) ? [onDelete, onUpdate] : [onDelete]
    if (seen.has(child) || action.every((each) => each === 'Restrict' || each === 'NoAction')) continue
    seen.add(child)
    for (const state of core.identityMap.statesOf(child)) markStale(core, state)
    staleReached(core, child, moved, seen)
  }
}

const reads = /^(find|count|aggregate|groupBy)/

export function isWrite(method: string): boolean {
  return !reads.test(method)
}

/** Whether the data of a write sets one of the fields, at any depth. */
function namesOneOf(data: unknown, names: readonly string[]): boolean {
  if (Array.isArray(data)) return data.some((each) => namesOneOf(each, names))
  if (!isPlainObject(data)) return false
  return Object.entries(data).some(
    ([name, value]) => name !== 'where' && (names.includes(name) || namesOneOf(value, names)),
  )
}

/** The model called, and those that nested writes in its data name. */
function writtenModels(model: Model, args: unknown): Set<Model> {
  const found = new Set([model])
  const visit = (at: Model, data: unknown) => {
    if (Array.isArray(data)) for (const each of data) visit(at, each)
    if (!isPlainObject(data)) return
    for (const [name, value] of Object.entries(data)) {
      const field = at.fields.get(name)
      if (field?.kind === 'relation') {
        found.add(field.target)
        visit(field.target, value)
      } else if (!field) {
        visit(at, value) // an operation such as `create`, or `data`
      }
    }
  }
  const { data, create, update } = isPlainObject(args) ? args : {}
  for (const part of [data, create, update]) visit(model, part)
  return found
}
