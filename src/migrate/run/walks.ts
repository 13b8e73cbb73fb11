import { createHash } from 'node:crypto'
import type { Model, ScalarField } from '../../model/model.js'
import { Failure } from '../failure.js'
import type { Reached } from '../ledger.js'
/**
 * Where the walks of a script have come to, as the ledger's column `cursor` keeps it. A walk is known by its model and its
 * conditions, or by the name it is given: a script that is run again may make fewer walks than before.
 */
export class Walks {
  readonly #script: string
  readonly #direction: 'up' | 'down'
  readonly #saved: readonly Walk[]
  readonly #walks: Walk[] = []

  constructor(script: string, direction: 'up' | 'down', cursor: string | null) {
    this.#script = script
    this.#direction = direction
    const saved = cursor === null ? null : (JSON.parse(cursor) as Saved)
    this.#saved = saved?.direction === direction ? saved.walks : []
  }

  /** The next walk of this run, where an earlier run has left it. */
  open(model: string, conditions: unknown, name: string | undefined): Walk {
    const id = name ?? digestOf(conditions)
    const left = this.#saved.filter((walk) => !this.#walks.includes(walk) && walk.model === model)
    const known = left.find((each) => each.id === id)
    const other = left.find((each) => !each.isDone)
    if (!known && other && name === undefined) {
      throw new Failure(
        'DISAGREES',
        `${this.#script} was interrupted in a walk over ${model} after ${other.processed} rows, and now walks over ${model} under other conditions: put them back, and where they have to differ from run to run, say which walk it is with batch('${model}', { name }); or begin anew with prisma-session migrate repair ${this.#script}`,
      )
    }
    const walk = known ?? { model, id, after: null, until: null, processed: 0, total: null, isDone: false }
    this.#walks.push(walk)
    return walk
  }

  /** Takes the pages at which loops were left for done: what was written there is committed with what comes next. */
  settle(): void {
    for (const walk of this.#walks) {
      Object.assign(walk, walk.leaving)
      delete walk.leaving
    }
  }

  /** What the ledger is to keep when a walk has reached that. */
  reached(walk: Walk, reached: Partial<Walk>): Reached {
    const walks = this.#all.map((each) => (each === walk ? { ...walk, ...reached } : each))
    const saved: Saved = { direction: this.#direction, walks }
    return { cursor: JSON.stringify(saved), processed: processedBy(walks), total: totalOf(walks) }
  }

  /** Of all walks, those of earlier runs too; null as long as there is none. */
  get processed(): number | null {
    return processedBy(this.#all)
  }

  get total(): number | null {
    return totalOf(this.#all)
  }

  get #all(): Walk[] {
    return [...new Set([...this.#saved, ...this.#walks])]
  }
}

export interface Walk {
  readonly model: string
  readonly id: string
  /** The key of the last row of the last page, each value as text. */
  after: readonly string[] | null
  /** The greatest key when the walk began: rows that are added meanwhile are not walked over. */
  until: readonly string[] | null
  processed: number
  total: number | null
  isDone: boolean
  /** What it has reached when its loop was left at a page, as soon as the script's work goes on. */
  leaving?: Partial<Walk>
}

/** The cursor of a script that has not walked yet. */
export function firstCursor(direction: 'up' | 'down'): string {
  const saved: Saved = { direction, walks: [] }
  return JSON.stringify(saved)
}

interface Saved {
  readonly direction: 'up' | 'down'
  readonly walks: readonly Walk[]
}

function processedBy(walks: readonly Walk[]): number | null {
  return walks.length === 0 ? null : walks.reduce((sum, { processed }) => sum + processed, 0)
}

function totalOf(walks: readonly Walk[]): number | null {
  return walks.length === 0 ? null : walks.reduce((sum, { total }) => sum + (total ?? 0), 0)
}

function digestOf(conditions: unknown): string {
  const text = JSON.stringify(conditions ?? null, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** A row's key as text. */
export function keyText({ keyFields }: Model, row: Readonly<Record<string, unknown>>): string[] {
  return keyFields.map(({ name }) => String(row[name]))
}

/** The values that texts stand for, as Prisma takes them. */
export function keyValues({ keyFields }: Model, texts: readonly string[]): unknown[] {
  return keyFields.map((field, index) => asPrisma(field, texts[index] as string))
}

function asPrisma({ type }: ScalarField, text: string): unknown {
  switch (type) {
    case 'Int':
      return Number(text)
    case 'BigInt':
      return BigInt(text)
    case 'Boolean':
      return text === 'true'
    default:
      return text // Prisma takes a Decimal as text
  }
}
