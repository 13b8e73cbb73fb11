/** Rows of prisma/related.prisma and how they relate, in memory: what a session and its database are compared with. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { modelsFromDmmf } from '../../src/model/from-dmmf.js'
import type { Model, Relation } from '../../src/model/model.js'
import { datamodelOf } from '../../src/schema/datamodel.js'
import { root } from '../helpers/project.js'

export const models = modelsFromDmmf(datamodelOf(readFileSync(join(root, 'prisma/related.prisma'), 'utf8')), 'sqlite')

/** One row, for as long as it or the object that stood for it is of interest. */
export interface Thing {
  readonly model: Model
  readonly object: Record<string, unknown>
  /** Stands for values that only the database knows yet. */
  readonly number: number
}

interface Row {
  /** The scalars that are no foreign keys. */
  readonly own: Readonly<Record<string, unknown>>
  /** By relation: the thing that its foreign key points to. */
  readonly to: Readonly<Record<string, Thing | null>>
}

/** What is there at one moment. Every change makes another world. */
export class World {
  readonly rows: ReadonlyMap<Thing, Row>
  /** Marks by paper. */
  readonly links: ReadonlyMap<Thing, ReadonlySet<Thing>>

  constructor(rows: World['rows'] = new Map(), links: World['links'] = new Map()) {
    this.rows = rows
    this.links = links
  }

  has(thing: Thing): boolean {
    return this.rows.has(thing)
  }

  things(model: Model): Thing[] {
    return [...this.rows.keys()].filter((thing) => thing.model === model)
  }

  add(thing: Thing, own: Row['own'], to: Row['to']): World {
    return new World(new Map(this.rows).set(thing, { own, to }), this.links)
  }

  set(thing: Thing, field: string, value: unknown): World {
    const row = this.rows.get(thing) as Row
    return new World(new Map(this.rows).set(thing, { ...row, own: { ...row.own, [field]: value } }), this.links)
  }

  point(thing: Thing, relation: string, target: Thing | null): World {
    const row = this.rows.get(thing) as Row
    return new World(new Map(this.rows).set(thing, { ...row, to: { ...row.to, [relation]: target } }), this.links)
  }

  link(paper: Thing, mark: Thing, isLinked: boolean): World {
    const marks = new Set(this.links.get(paper))
    if (isLinked) marks.add(mark)
    else marks.delete(mark)
    return new World(this.rows, new Map(this.links).set(paper, marks))
  }

  to(thing: Thing, relation: string): Thing | null {
    return this.rows.get(thing)?.to[relation] ?? null
  }

  /** The value of a column; while only the database knows it, undefined or the number of the thing that has it. */
  column(thing: Thing, field: string, isNumbered = false): unknown {
    const row = this.rows.get(thing) as Row
    let isKey = false
    for (const relation of owning(thing.model)) {
      const index = relation.fields.indexOf(field)
      if (index < 0) continue
      isKey = true
      const target = row.to[relation.name]
      if (target) return this.column(target, relation.references[index] as string, isNumbered)
    }
    if (isKey) return null
    return row.own[field] ?? (isNumbered && row.own[field] === undefined ? `new ${thing.number}` : row.own[field])
  }

  columns(thing: Thing): Record<string, unknown> {
    return Object.fromEntries(thing.model.scalars.map(({ name }) => [name, this.column(thing, name)]))
  }

  key(thing: Thing): unknown[] {
    return thing.model.key.map((name) => this.column(thing, name))
  }

  /** Rows that point to a thing, with the relations by which they do. */
  referrers(thing: Thing): [Thing, Relation][] {
    const found: [Thing, Relation][] = []
    for (const relation of thing.model.referrers)
      for (const child of this.things(relation.model))
        if (this.to(child, relation.name) === thing) found.push([child, relation])
    return found
  }

  /** What the to-one or to-many relation of a thing holds. */
  members(thing: Thing, { isManyToMany, inverse, name }: Relation): Thing[] {
    if (isManyToMany && thing.model.name === 'Paper') return [...(this.links.get(thing) ?? [])]
    if (isManyToMany) return [...this.links].filter(([, marks]) => marks.has(thing)).map(([paper]) => paper)
    const target = this.to(thing, name)
    if (target) return [target]
    return this.referrers(thing).flatMap(([child, relation]) => (relation === inverse ? [child] : []))
  }

  /** The rows that go with deleted ones. */
  withCascades(deleted: ReadonlySet<Thing>): Set<Thing> {
    const gone = new Set(deleted)
    for (const thing of gone)
      for (const [child, { onDelete }] of this.referrers(thing)) if (onDelete === 'Cascade') gone.add(child)
    return gone
  }

  /** True when no database refuses the deletes, however it goes about them. */
  canDelete(deleted: ReadonlySet<Thing>): boolean {
    for (const thing of this.withCascades(deleted)) {
      for (const [child, { onDelete }] of this.referrers(thing)) {
        if (onDelete === 'Cascade' || onDelete === 'SetNull') continue
        if (!deleted.has(child) || !deleted.has(thing)) return false
      }
    }
    return true
  }

  delete(deleted: ReadonlySet<Thing>): World {
    const gone = this.withCascades(deleted)
    const rows = new Map<Thing, Row>()
    for (const [thing, row] of this.rows) {
      if (gone.has(thing)) continue
      const to = Object.entries(row.to).map(([name, target]) => [name, target && gone.has(target) ? null : target])
      rows.set(thing, { ...row, to: Object.fromEntries(to) })
    }
    const links = [...this.links].filter(([paper]) => !gone.has(paper))
    return new World(
      rows,
      new Map(links.map(([paper, marks]) => [paper, new Set([...marks].filter((mark) => !gone.has(mark)))])),
    )
  }

  /** True when no two rows of a model share a key or another unique. */
  isUnique(model: Model): boolean {
    const uniques = [model.key, ...model.uniques.map(({ fields }) => fields)]
    return uniques.every((fields) => {
      const texts = this.things(model)
        .map((thing) => fields.map((name) => this.column(thing, name, true)))
        .filter((values) => values.every((value) => value !== null))
        .map(String)
      return new Set(texts).size === texts.length
    })
  }
}

export function owning(model: Model): Relation[] {
  return model.relations.filter(({ fields }) => fields.length > 0)
}
