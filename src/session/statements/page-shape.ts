import type { Model } from '../../model/model.js'
import type { Row } from '../objects/load.js'
import { placeSelect, type Term } from './keyset.js'
/** A statement's `select`, `omit` and `include` with all that its order goes by among what is read. */
export function pageShape(model: Model, terms: readonly Term[], { select, omit, include }: Shape): PageShape {
  const place = placeSelect(terms)
  const scalars = [...new Set([...model.key, ...Object.keys(place).filter((name) => place[name] === true)])]
  const fields = scalars.filter((name) => (select ? !select[name] : omit?.[name]))
  // A relation that is read in part already stays as it is: its place is then read by itself.
  const relations = Object.keys(place).filter((name) => place[name] !== true && !(select ?? include)?.[name])
  const added = Object.fromEntries(relations.map((name) => [name, place[name]]))
  const extra = [...fields, ...relations]
  const extraButKey = extra.filter((name) => !model.key.includes(name))
  return {
    args: select
      ? { select: { ...select, ...flags(fields, true), ...added } }
      : {
          ...(omit && { omit: { ...omit, ...flags(fields, false) } }),
          ...((include || relations.length > 0) && { include: { ...include, ...added } }),
        },
    strip: (rows) => without(rows, extra),
    stripButKey: (rows) => without(rows, extraButKey),
  }
}

/** Prisma's arguments of these names. */
export interface Shape {
  readonly select?: Flags | undefined
  readonly omit?: Flags | undefined
  readonly include?: Flags | undefined
}

export interface PageShape {
  readonly args: Shape
  /** Takes out again what was not asked for. */
  strip(rows: readonly Row[]): readonly Row[]
  /** The same for rows that become entities, which have their keys. */
  stripButKey(rows: readonly Row[]): readonly Row[]
}

type Flags = Readonly<Record<string, unknown>>

function flags(names: readonly string[], value: boolean): Flags {
  return Object.fromEntries(names.map((name) => [name, value]))
}

/** Copies: rows of a client with result extensions cannot be changed. */
function without(rows: readonly Row[], names: readonly string[]): readonly Row[] {
  if (names.length === 0) return rows
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name))))
}
