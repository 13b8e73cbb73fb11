/** What the session knows of a schema: keys, uniques, relations, defaults. Made once per client by from-dmmf.ts. */
export interface Models {
  readonly provider: string
  /** By the schema's name. */
  get(name: string): Model | undefined
  all(): Iterable<Model>
}

export interface Model {
  readonly name: string
  /** The name of Prisma's delegate: `user` for `User`. */
  readonly delegate: string
  /** The database's own name of the table, and of its schema where the model names one. */
  readonly table: string
  readonly schema: string | null
  readonly fields: ReadonlyMap<string, Field>
  readonly scalars: readonly ScalarField[]
  /** Between models whose rows a session manages; `fields` has the others too. */
  readonly relations: readonly Relation[]
  /** Field names of the primary key: `@id`, `@@id`, or the first unique whose fields are all required. Empty for a view without. */
  readonly key: readonly string[]
  readonly keyFields: readonly ScalarField[]
  /** Prisma's name for a composite key in `where`, null for a key of one field. */
  readonly keyName: string | null
  readonly uniques: readonly Unique[]
  /** Names of fields and relations that every object inherits something under, such as `constructor`. */
  readonly inherited: readonly string[]
  /** Fields that Prisma sets at every update. */
  readonly updatedAt: readonly ScalarField[]
  /** Places in the schema that point here by a foreign key. */
  readonly referrers: readonly Relation[]
}

export type Field = ScalarField | Relation

export interface ScalarField {
  readonly kind: 'scalar'
  readonly name: string
  /** The database's own name of the column. */
  readonly column: string
  /** The schema's names of an enum's values, by the database's. */
  readonly enumNames: ReadonlyMap<string, string> | null
  /** A Prisma scalar, or `Enum`. */
  readonly type: ScalarType
  readonly isList: boolean
  readonly isRequired: boolean
  readonly isKey: boolean
  /** How a value comes about when none is given. */
  readonly default: Default
  readonly isUpdatedAt: boolean
  /** `@db.…`, when the schema has one. */
  readonly nativeType: string | null
  /** What stands in its parentheses. */
  readonly nativeArguments: readonly string[]
}

export type ScalarType =
  | 'Int'
  | 'BigInt'
  | 'Float'
  | 'Decimal'
  | 'Boolean'
  | 'String'
  | 'DateTime'
  | 'Bytes'
  | 'Json'
  | 'Enum'

export type Default =
  | { readonly kind: 'none' }
  | { readonly kind: 'literal'; readonly value: unknown }
  /** Made by the database (`autoincrement`, `dbgenerated`) or by Prisma (`cuid`, `uuid`, `now`, …). */
  | { readonly kind: 'generated'; readonly by: string; readonly args: readonly unknown[] }

export interface Relation {
  readonly kind: 'relation'
  readonly name: string
  /** The schema's name of the relation, the same on both sides. */
  readonly relationName: string
  readonly model: Model
  readonly target: Model
  readonly isList: boolean
  /** Foreign-key fields on this model; empty on the other side and for many-to-many. */
  readonly fields: readonly string[]
  /** The fields of the target that they point to. */
  readonly references: readonly string[]
  readonly isRequired: boolean
  readonly onDelete: ReferentialAction
  readonly onUpdate: ReferentialAction
  /** The same relation seen from the target. */
  readonly inverse: Relation
  readonly isManyToMany: boolean
}

export type ReferentialAction = 'Cascade' | 'SetNull' | 'SetDefault' | 'Restrict' | 'NoAction'

export interface Unique {
  /** Prisma's name for it in `where`: the field's own, or `a_b`. */
  readonly name: string
  readonly fields: readonly string[]
}

/** An empty record of values by the model's fields: it inherits nothing that could be taken for one. */
export function emptyRecord<T = unknown>({ inherited }: Model): Record<string, T> {
  return inherited.length === 0 ? {} : Object.create(null) // which is slower
}

/** The relation's side that holds the foreign key. */
export function owningSide(relation: Relation): Relation {
  return relation.fields.length > 0 ? relation : relation.inverse
}

/** Whether the database itself changes rows that point to one whose key is changed. */
export function handlesUpdate({ onUpdate }: Relation): boolean {
  return onUpdate === 'Cascade' || onUpdate === 'SetNull'
}

/** Whether the database itself does something about rows that point to a deleted one. */
export function handlesDelete({ onDelete }: Relation): boolean {
  return onDelete === 'Cascade' || onDelete === 'SetNull' || onDelete === 'SetDefault'
}
