/**
 * What a flush writes, as plain data. A value that an earlier row of the same plan will get (a generated key)
 * is named by a Ref.
 */
export interface FlushPlan {
  readonly steps: readonly Step[]
}

export type Step = InsertStep | UpdateStep | DeleteStep | LinkStep

/** Rows of one model. */
export interface InsertStep {
  readonly kind: 'insert'
  readonly model: string
  /** The fields that some of the rows give. */
  readonly fields: readonly string[]
  readonly rows: readonly InsertRow[]
}

export interface UpdateStep {
  readonly kind: 'update'
  readonly model: string
  readonly rows: readonly UpdateRow[]
}

export interface DeleteStep {
  readonly kind: 'delete'
  readonly model: string
  readonly rows: readonly DeleteRow[]
  /** Set for versioned models, where a row that is not there is an error. */
  readonly strict: boolean
}

/** Links of an implicit many-to-many relation, seen from its `model`. */
export interface LinkStep {
  readonly kind: 'link'
  readonly model: string
  readonly relation: string
  readonly rows: readonly LinkRow[]
}

export interface InsertRow {
  /** The row's number in the plan; Refs name it and its outcome is found under it. */
  readonly id: number
  readonly values: Values
  readonly refs: Refs
}

export interface UpdateRow {
  /** Null where nobody asks for the outcome. */
  readonly id: number | null
  /** The key under which the row stands in the database. */
  readonly key: Cells
  /** The version it was read in, when the model has one. */
  readonly version: Values | null
  readonly values: Values
  readonly refs: Refs
}

export interface DeleteRow {
  readonly key: Values
  readonly version: Values | null
  /** A cascade of the same flush may have deleted it. */
  readonly mayBeGone?: boolean
}

export interface LinkRow {
  readonly key: Cells
  readonly connect: readonly Cells[]
  readonly disconnect: readonly Cells[]
}

export type Values = Readonly<Record<string, unknown>>

/** Field → where its value will come from. */
export type Refs = Readonly<Record<string, Ref>>

export interface Ref {
  readonly row: number
  readonly field: string
}

/** A key of which parts may still be to come. */
export interface Cells {
  readonly values: Values
  readonly refs: Refs
}

/** What has been written so far. */
export interface Written {
  /** By row number: the row's scalars as the database returned them; for an update only what it asked for. */
  readonly rows: (Values | undefined)[]
  /** Deletes that met fewer rows than they named. */
  /** Numbers of rows that triggers may have changed after they were returned. */
  readonly outdated: Set<number>
  readonly missed: { readonly model: string; readonly expected: number; readonly matched: number }[]
}

export type FlushOutcome = Readonly<Written>

export const noRefs: Refs = Object.freeze(Object.create(null))
