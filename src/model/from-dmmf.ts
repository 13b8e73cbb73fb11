import { ModelMetadataError } from '../errors.js'
import type {
  Default,
  Field,
  Model,
  Models,
  ReferentialAction,
  Relation,
  ScalarField,
  ScalarType,
  Unique,
} from './model.js'
/** Turns a DMMF datamodel (Prisma's description of a schema) into what the session works with. */
export function modelsFromDmmf(datamodel: DmmfDatamodel, provider: string): Models {
  if (!Array.isArray(datamodel?.models)) {
    throw new ModelMetadataError(
      '`options.models` is not a DMMF datamodel: pass `Prisma.dmmf.datamodel` or what @prisma/get-dmmf returns as `datamodel`',
    )
  }
  const models = new Map<string, DraftModel>()
  const enums = new Map((datamodel.enums ?? []).map(({ name, values }) => [name, enumNames(values)]))
  for (const dmmf of datamodel.models) models.set(dmmf.name, draftModel(dmmf, enums))
  for (const dmmf of datamodel.models) addRelations(dmmf, models)
  for (const model of models.values()) pairRelations(model)
  return { provider, get: (name) => models.get(name), all: () => models.values() }
}

/** The part of Prisma's DMMF that is read. */
export interface DmmfDatamodel {
  readonly models: readonly DmmfModel[]
  readonly enums?: readonly { readonly name: string; readonly values: readonly DmmfEnumValue[] }[]
}

interface DmmfEnumValue {
  readonly name: string
  readonly dbName?: string | null
}

export interface DmmfModel {
  readonly name: string
  readonly dbName?: string | null
  readonly schema?: string | null
  readonly fields: readonly DmmfField[]
  readonly primaryKey?: { readonly name?: string | null; readonly fields: readonly string[] } | null
  readonly uniqueFields?: readonly (readonly string[])[]
  readonly uniqueIndexes?: readonly { readonly name?: string | null; readonly fields: readonly string[] }[]
}

export interface DmmfField {
  readonly name: string
  readonly dbName?: string | null
  readonly kind: string
  readonly type: string
  readonly isList: boolean
  readonly isRequired: boolean
  readonly isId?: boolean
  readonly isUnique?: boolean
  readonly isUpdatedAt?: boolean
  readonly hasDefaultValue?: boolean
  readonly default?: unknown
  readonly relationName?: string | null
  readonly relationFromFields?: readonly string[]
  readonly relationToFields?: readonly string[]
  readonly relationOnDelete?: string
  readonly relationOnUpdate?: string
  readonly nativeType?: readonly [string, readonly string[]] | null
}

type Draft<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] }
type DraftModel = Omit<Draft<Model>, 'fields'> & { fields: Map<string, Field> }
type DraftRelation = Draft<Relation>

type Enums = ReadonlyMap<string, ScalarField['enumNames']>

function enumNames(values: readonly DmmfEnumValue[]): ReadonlyMap<string, string> {
  return new Map(values.map(({ name, dbName }) => [dbName ?? name, name]))
}

function draftModel(dmmf: DmmfModel, enums: Enums): DraftModel {
  const scalars = dmmf.fields.filter((field) => field.kind !== 'object').map((field) => scalarField(field, enums))
  const uniques = uniquesOf(dmmf)
  const key = keyOf(dmmf, uniques)
  const keyed = scalars.map((field) => ({ ...field, isKey: key.fields.includes(field.name) }))
  return {
    name: dmmf.name,
    delegate: dmmf.name.charAt(0).toLowerCase() + dmmf.name.slice(1),
    table: dmmf.dbName ?? dmmf.name,
    schema: dmmf.schema ?? null,
    fields: new Map(keyed.map((field) => [field.name, field])),
    scalars: keyed,
    relations: [],
    key: [...key.fields],
    keyFields: key.fields.map((name) => keyed.find((field) => field.name === name) as ScalarField),
    keyName: key.fields.length > 1 ? key.name : null,
    uniques,
    inherited: dmmf.fields.map(({ name }) => name).filter((name) => name in Object.prototype),
    updatedAt: keyed.filter((field) => field.isUpdatedAt),
    referrers: [],
  }
}

function scalarField(field: DmmfField, enums: Enums): ScalarField {
  return {
    kind: 'scalar',
    name: field.name,
    column: field.dbName ?? field.name,
    enumNames: (field.kind === 'enum' && enums.get(field.type)) || null,
    type: scalarType(field),
    isList: field.isList,
    isRequired: field.isRequired,
    isKey: false,
    default: defaultOf(field),
    isUpdatedAt: field.isUpdatedAt ?? false,
    nativeType: field.nativeType?.[0] ?? null,
    nativeArguments: field.nativeType?.[1] ?? [],
  }
}

function scalarType(field: DmmfField): ScalarType {
  return field.kind === 'enum' ? 'Enum' : (field.type as ScalarType)
}

function defaultOf(field: DmmfField): Default {
  if (field.isUpdatedAt) return { kind: 'generated', by: 'updatedAt', args: [] }
  if (!field.hasDefaultValue) return { kind: 'none' }
  const value = field.default
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && 'name' in value) {
    const { name, args } = value as { name: unknown; args?: readonly unknown[] }
    return { kind: 'generated', by: String(name), args: args ?? [] }
  }
  return { kind: 'literal', value: field.type === 'Json' ? parsedJson(value) : value }
}

/** The DMMF gives a Json default as text. */
function parsedJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(parsedJson)
  return typeof value === 'string' ? JSON.parse(value) : value
}

function uniquesOf(dmmf: DmmfModel): Unique[] {
  const single = dmmf.fields
    .filter((field) => field.isUnique)
    .map((field) => ({ name: field.name, fields: [field.name] }))
  const composite = (dmmf.uniqueIndexes ?? []).map(({ name, fields }) => ({
    name: name ?? fields.join('_'),
    fields: [...fields],
  }))
  return [...single, ...composite.filter(({ fields }) => fields.length > 1)]
}

/** Of no fields where nothing is unique, as in views: rows of such a model are not managed. */
function keyOf(dmmf: DmmfModel, uniques: readonly Unique[]): Unique {
  const id = dmmf.fields.find((field) => field.isId)
  if (id) return { name: id.name, fields: [id.name] }
  if (dmmf.primaryKey)
    return { name: dmmf.primaryKey.name ?? dmmf.primaryKey.fields.join('_'), fields: dmmf.primaryKey.fields }
  const required = (name: string) => dmmf.fields.some((field) => field.name === name && field.isRequired)
  return uniques.find(({ fields }) => fields.every(required)) ?? { name: '', fields: [] }
}

function addRelations(dmmf: DmmfModel, models: Map<string, DraftModel>): void {
  const model = models.get(dmmf.name) as DraftModel
  for (const field of dmmf.fields) {
    if (field.kind !== 'object') continue
    const target = models.get(field.type) as DraftModel
    const relation: DraftRelation = {
      kind: 'relation',
      name: field.name,
      relationName: field.relationName ?? '',
      model,
      target,
      isList: field.isList,
      fields: [...(field.relationFromFields ?? [])],
      references: [...(field.relationToFields ?? [])],
      isRequired: field.isRequired,
      onDelete: (field.relationOnDelete ?? (canBeNull(field, model) ? 'SetNull' : 'Restrict')) as ReferentialAction,
      onUpdate: (field.relationOnUpdate ?? 'Cascade') as ReferentialAction,
      inverse: undefined as unknown as Relation,
      isManyToMany: false,
    }
    model.fields.set(field.name, relation)
    if (model.key.length === 0 || target.key.length === 0) continue // the rows of one side are no objects of a session
    model.relations.push(relation)
    if (relation.fields.length > 0) target.referrers.push(relation)
  }
}

/** Prisma's default action follows from whether every field of the key may be null. */
function canBeNull(field: DmmfField, { fields }: DraftModel): boolean {
  const keys = (field.relationFromFields ?? []).map((name) => fields.get(name))
  return !field.isRequired && keys.every((key) => key?.kind === 'scalar' && !key.isRequired)
}

function pairRelations(model: DraftModel): void {
  for (const relation of relationFields(model)) {
    const candidates = relationFields(relation.target as DraftModel).filter(
      (other) => other.relationName === relation.relationName && other !== relation && other.target === model,
    )
    const inverse = candidates[0]
    if (!inverse)
      throw new ModelMetadataError(`relation ${model.name}.${relation.name} has no other side in the schema`)
    relation.inverse = inverse
    relation.isManyToMany = relation.isList && inverse.isList
  }
}

function relationFields({ fields }: DraftModel): DraftRelation[] {
  return [...fields.values()].filter((field) => field.kind === 'relation') as DraftRelation[]
}
