import type { Relation, ScalarField } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { refuseOperation } from '../objects/data.js'
import { owningRelations } from '../objects/relations.js'
import type { EntityState } from '../objects/state.js'
import type { RowNode } from './row-nodes.js'
/**
 * Refuses rows that lack a required value, all of them at once and in Prisma's words, before anything is sent. A query
 * extension may still add values, so that nothing is known where there is one.
 */
export function requireValues(core: SessionCore, nodes: readonly RowNode[]): void {
  for (const node of nodes) refuseOperations(node)
  if (core.hasQueryHooks) return
  const lines: string[] = []
  for (const node of nodes) {
    const faults = node.kind === 'insert' ? faultsOfInsert(node) : faultsOfNulls(node)
    if (faults) lines.push(`- ${nameOf(node.state)}: ${[...faults].join(' ')}`)
  }
  if (lines.length === 0) return
  const what = lines.length === 1 ? 'An object lacks' : `${lines.length} objects lack`
  throw core.writer.validationError(
    `Invalid flush: ${what} required values.\n\n${lines.join('\n')}\n\nNothing was sent. Set the values and flush again, or expunge() the object.`,
  )
}

/** What was assigned to an object, no verb has seen. */
function refuseOperations({ state: { model }, values }: RowNode): void {
  for (const name in values) {
    const value = values[name]
    if (typeof value === 'object' && value !== null)
      refuseOperation(model, model.fields.get(name) as ScalarField, value)
  }
}

function faultsOfInsert(node: RowNode): Set<string> | null {
  let faults = faultsOfNulls(node)
  for (const field of requiredFields(node)) {
    if (node.values[field.name] !== undefined || Object.hasOwn(node.refs, field.name)) continue
    faults ??= new Set()
    faults.add(`Argument \`${argumentOf(node.state, field)}\` is missing.`)
  }
  return faults
}

function faultsOfNulls({ state, values, refs }: RowNode): Set<string> | null {
  let faults: Set<string> | null = null
  for (const name in values) {
    const field = values[name] === null && !Object.hasOwn(refs, name) ? state.model.fields.get(name) : undefined
    if (field?.kind !== 'scalar' || !field.isRequired) continue
    faults ??= new Set()
    faults.add(mustNotBeNull(name))
  }
  return faults
}

function mustNotBeNull(name: string): string {
  return `Argument \`${name}\` must not be null.`
}

/** Fields that a new row must give. */
function requiredFields({ state: { model } }: RowNode): readonly ScalarField[] {
  let fields = required.get(model)
  if (!fields) {
    fields = model.scalars.filter(
      (field) => field.isRequired && !field.isList && !field.isUpdatedAt && field.default.kind === 'none',
    )
    required.set(model, fields)
  }
  return fields
}

const required = new WeakMap<object, readonly ScalarField[]>()

/** Of a foreign key that nothing sets, Prisma names the relation. */
function argumentOf({ model, object }: EntityState, field: ScalarField): string {
  const isItsKey = ({ fields }: Relation) => fields.includes(field.name)
  const relation = owningRelations(model).find(isItsKey)
  const isGivenInPart = relation?.fields.some((name) => object[name] !== undefined && object[name] !== null)
  return relation && !isGivenInPart ? relation.name : field.name
}

/** `new User (email: "ada@example.org")`: an object without a key is known by what was set. */
function nameOf(state: EntityState): string {
  if (state.identity) return state.label
  const given: string[] = []
  for (const { name, type } of state.model.scalars) {
    const value = state.object[name]
    if (value === undefined || value === null || given.length === 3 || !shown.has(type)) continue
    const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
    given.push(`${name}: ${text.length > 40 ? `${text.slice(0, 39)}…` : text}`)
  }
  return given.length > 0 ? `${state.label} (${given.join(', ')})` : state.label
}

const shown = new Set(['Int', 'BigInt', 'String', 'Boolean', 'Enum'])
