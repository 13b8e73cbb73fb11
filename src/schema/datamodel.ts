import type { DmmfDatamodel, DmmfField, DmmfModel } from '../model/from-dmmf.js'
import {
  type ArgumentNode,
  type AttributeNode,
  type ExpressionNode,
  type FieldNode,
  type ModelNode,
  parseSchema,
} from './parse-schema.js'

/**
 * The DMMF datamodel of a schema's text, as far as the session reads it: what Prisma's `getDMMF` gives, whose WebAssembly
 * takes half a second to load and does not survive a bundler.
 */
export function datamodelOf(schema: string): DmmfDatamodel {
  const { models, enums } = parseSchema(schema)
  const types: Types = {
    models: new Set(models.map(({ name }) => name)),
    enums: new Set(enums.map(({ name }) => name)),
  }
  return {
    models: models.filter(isKnownToClient).map((model) => modelOf(model, types)),
    enums: enums.map(({ name, values }) => ({
      name,
      values: values.map((value) => ({ name: value.name, dbName: mappedName(value.attributes) })),
    })),
  }
}

interface Types {
  readonly models: ReadonlySet<string>
  readonly enums: ReadonlySet<string>
}

function modelOf({ name, fields, attributes }: ModelNode, types: Types): DmmfModel {
  const indexesOf = (kind: string) => attributes.filter((attribute) => attribute.name === kind).map(indexOf)
  const ids = indexesOf('id')
  const uniques = indexesOf('unique')
  return {
    name,
    dbName: mappedName(attributes),
    schema: stringOf(argumentOf(attributeOf(attributes, 'schema'), 'map')),
    primaryKey: ids[0] ?? null,
    uniqueIndexes: uniques,
    fields: fields
      .filter((field) => field.type !== 'Unsupported' && isKnownToClient(field))
      .map((field) => {
        const isId = isAloneIn(ids, field) || attributeOf(field.attributes, 'id') !== undefined
        const isUnique = isAloneIn(uniques, field) || attributeOf(field.attributes, 'unique') !== undefined
        return { ...fieldOf(field, types), isId, isUnique: isUnique && !isId, ...relationOf(field, name, types) }
      }),
  }
}

function fieldOf({ name, type, arity, attributes }: FieldNode, { models, enums }: Types): DmmfField {
  const native = attributes.find((attribute) => attribute.name.startsWith('db.'))
  const given = argumentOf(attributeOf(attributes, 'default'), 'value')
  return {
    name,
    dbName: mappedName(attributes),
    kind: models.has(type) ? 'object' : enums.has(type) ? 'enum' : 'scalar',
    type,
    isList: arity === 'list',
    isRequired: arity !== 'optional',
    isUpdatedAt: attributeOf(attributes, 'updatedAt') !== undefined,
    hasDefaultValue: given !== undefined,
    ...(given && { default: defaultOf(given, type) }),
    nativeType: native ? [native.name.slice('db.'.length), native.arguments.map(({ value }) => textOf(value))] : null,
  }
}

function relationOf({ type, attributes }: FieldNode, model: string, { models }: Types): Partial<DmmfField> {
  if (!models.has(type)) return {}
  const relation = attributeOf(attributes, 'relation')
  const onDelete = namedArgument(relation, 'onDelete')
  const onUpdate = namedArgument(relation, 'onUpdate')
  return {
    relationName: stringOf(argumentOf(relation, 'name')) ?? [model, type].sort().join('To'),
    relationFromFields: namesIn(namedArgument(relation, 'fields')),
    relationToFields: namesIn(namedArgument(relation, 'references')),
    ...(onDelete && { relationOnDelete: textOf(onDelete) }),
    ...(onUpdate && { relationOnUpdate: textOf(onUpdate) }),
  }
}

interface Index {
  readonly name: string | null
  readonly fields: readonly string[]
}

/** `@@id` and `@@unique`. Its `map` is the database's business. */
function indexOf(attribute: AttributeNode): Index {
  return { name: stringOf(namedArgument(attribute, 'name')), fields: namesIn(argumentOf(attribute, 'fields')) }
}

function isAloneIn(indexes: readonly Index[], { name }: FieldNode): boolean {
  return indexes.some(({ fields }) => fields.length === 1 && fields[0] === name)
}

function defaultOf(value: ExpressionNode, type: string): unknown {
  switch (value.kind) {
    case 'call':
      return { name: value.name, args: callArguments(value.name, value.arguments) }
    case 'list':
      return value.items.map((item) => defaultOf(item, type))
    case 'number':
      // Digits that a JavaScript number may not have.
      return type === 'BigInt' || type === 'Decimal' ? value.text : Number(value.text)
    case 'name':
      return type === 'Boolean' ? value.name === 'true' : value.name
    case 'string':
      return value.value
  }
}

/** Prisma fills in the version of an id that has several. */
function callArguments(name: string, given: readonly ArgumentNode[]): unknown[] {
  const args = given.map(({ value }) => (value.kind === 'number' ? Number(value.text) : textOf(value)))
  if (args.length === 0 && name === 'uuid') return [4]
  if (args.length === 0 && name === 'cuid') return [1]
  return args
}

/** `@ignore` and `@@ignore` leave out of the client what they stand at. */
function isKnownToClient({ attributes }: { readonly attributes: readonly AttributeNode[] }): boolean {
  return attributeOf(attributes, 'ignore') === undefined
}

function mappedName(attributes: readonly AttributeNode[]): string | null {
  return stringOf(argumentOf(attributeOf(attributes, 'map'), 'name'))
}

function attributeOf(attributes: readonly AttributeNode[], name: string): AttributeNode | undefined {
  return attributes.find((attribute) => attribute.name === name)
}

/** The argument of that name, or the first by position. */
function argumentOf(attribute: AttributeNode | undefined, name: string): ExpressionNode | undefined {
  return namedArgument(attribute, name) ?? attribute?.arguments.find((argument) => argument.name === null)?.value
}

function namedArgument(attribute: AttributeNode | undefined, name: string): ExpressionNode | undefined {
  return attribute?.arguments.find((argument) => argument.name === name)?.value
}

function stringOf(value: ExpressionNode | undefined): string | null {
  return value?.kind === 'string' ? value.value : null
}

/** Fields in brackets, each with or without its own sort order or length. */
function namesIn(value: ExpressionNode | undefined): string[] {
  return value?.kind === 'list' ? value.items.map(textOf) : []
}

function textOf(value: ExpressionNode): string {
  switch (value.kind) {
    case 'string':
      return value.value
    case 'number':
      return value.text
    case 'list':
      return value.items.map(textOf).join(', ')
    default:
      return value.name
  }
}
