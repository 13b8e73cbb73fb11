import type { Model, ScalarField } from '../../model/model.js'
import { Failure } from '../failure.js'
/**
 * Where the walks of a script have come to, as the ledger's column `cursor` keeps it. A walk is known by its number and its
 * model: a script that is run again makes the same walks in the same order, and each goes on where it was.
 */
export class Walks {
  readonly #script: string
  readonly #direction: 'up' | 'down'
  readonly #walks: Walk[]
  #count = 0

  constructor(script: string, direction: 'up' | 'down', cursor: string | null) {
    this.#script = script
    this.#direction = direction
    const saved = cursor === null ? null : (JSON.parse(cursor) as Saved)
    this.#walks = saved?.direction === direction ? saved.walks : []
  }

  /** The next walk of this run. */
  open(model: string): Walk {
    const number = this.#count++
    const walk = this.#walks[number] ?? { model, after: null, processed: 0, total: null, isDone: false }
    if (walk.model !== model) {
      throw new Failure(
        'DISAGREES',
        `${this.#script} was interrupted in batch('${walk.model}'), and now walks ${model} there: put the walks back in the order they had, or begin anew with prisma-session migrate repair ${this.#script}`,
      )
    }
    this.#walks[number] = walk
    return walk
  }

  get cursor(): string {
    const saved: Saved = { direction: this.#direction, walks: this.#walks }
    return JSON.stringify(saved)
  }

  /** Of all walks, whether they have begun or not; null as long as there is none. */
  get processed(): number | null {
    return this.#walks.length === 0 ? null : this.#walks.reduce((sum, { processed }) => sum + processed, 0)
  }

  get total(): number | null {
    const totals = this.#walks.map(({ total }) => total)
    return totals.length === 0 ? null : totals.reduce<number>((sum, total) => sum + (total ?? 0), 0)
  }
}

export interface Walk {
  readonly model: string
  /** The key of the last row of the last page, each value as text. */
  after: readonly string[] | null
  processed: number
  total: number | null
  isDone: boolean
}

interface Saved {
  readonly direction: 'up' | 'down'
  readonly walks: Walk[]
}

/** A row's key as text. */
export function keyText({ keyFields }: Model, row: Readonly<Record<string, unknown>>): string[] {
  return keyFields.map((field) => {
    const value = row[field.name]
    if (value instanceof Date) return value.toISOString()
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
    return String(value)
  })
}

/** The values that texts stand for, as Prisma takes them. */
export function keyValues({ keyFields }: Model, texts: readonly string[]): unknown[] {
  return keyFields.map((field, index) => asPrisma(field, texts[index] as string))
}

function asPrisma({ type }: ScalarField, text: string): unknown {
  switch (type) {
    case 'Int':
    case 'Float':
      return Number(text)
    case 'BigInt':
      return BigInt(text)
    case 'Boolean':
      return text === 'true'
    case 'DateTime':
      return new Date(text)
    case 'Bytes':
      return new Uint8Array(Buffer.from(text, 'base64'))
    default:
      return text // Prisma takes a Decimal as text
  }
}
