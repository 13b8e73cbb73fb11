import { types } from 'node:util'
import { Decimal } from '@prisma/client/runtime/client'
import { SessionError } from '../../errors.js'
import { type Holder, type Packed, type Special, setOwn } from '../wire.js'
import { below, cannotCross, className, type Place, type ShowPlace, text } from './cannot-cross.js'
import { isCarriedLeaf, isPlain, maxDepth } from './carried.js'
import { errorData, isError } from './error-codec.js'
import { entriesOf, isIndex, isPrimitive, membersOf, type Named } from './parts.js'
import { prismaSpecial } from './prisma-codec.js'
import { ownBytes } from './views.js'
/**
 * Copies a value part by part. What structured cloning would refuse or flatten becomes a record of how to make it again,
 * and each place of such a record is noted. A part that stands in several places is copied once.
 */
export class Packing {
  readonly #holes: (object | string | number)[] = []
  readonly #foreign: Foreign | undefined
  readonly #show: ShowPlace
  readonly #copies = new Map<unknown, unknown>()
  readonly #specials = new Set<unknown>()
  /** Within an error, which has to arrive: what cannot cross is left out of it. */
  #isLenient = false
  #hasLeftOut = false
  #tooDeep: unknown

  constructor(foreign: Foreign | undefined, show: ShowPlace) {
    this.#foreign = foreign
    this.#show = show
  }

  pack(value: unknown): Packed {
    const packed: Packed = { value: undefined, holes: this.#holes }
    try {
      this.#put(packed, 'value', value, null)
    } catch (error) {
      throw this.#placed(error, null)
    }
    return packed
  }

  #put(holder: object, key: string | number, part: unknown, place: Place | null): void {
    const copy = this.#copyOf(part, place)
    setOwn(holder, key, copy)
    if (this.#specials.has(copy)) this.#holes.push(holder, key)
  }

  #copyOf(part: unknown, place: Place | null): unknown {
    if (isPrimitive(part)) return part
    if (this.#copies.has(part)) return this.#copies.get(part)
    if (typeof part !== 'object') throw this.#refusal(`a ${typeof part}`, place)
    if (place === null || place.depth <= maxDepth) return this.#copy(part as object, place)
    this.#tooDeep = this.#refusal('an endless value', place)
    throw this.#tooDeep
  }

  #copy(value: object, place: Place | null): unknown {
    if (types.isDate(value)) return value
    if (value instanceof Decimal) return this.#record(value, { kind: 'decimal', content: value.valueOf() }, place)
    const carried = this.#foreign?.(value)
    if (carried !== undefined) return this.#record(value, { kind: 'entity', content: carried }, place)
    if (isError(value)) return this.#error(value, place)
    if (Array.isArray(value)) return this.#array(value, place)
    if (types.isProxy(value) || isPlain(value)) return this.#object(value, place)
    if (types.isMap(value)) return this.#list(value, 'map', entriesOf(value), place)
    if (types.isSet(value)) return this.#list(value, 'set', membersOf(value), place)
    return isCarriedLeaf(value) ? value : this.#ofClass(value, place)
  }

  #array(value: readonly unknown[], place: Place | null): unknown {
    const raw = 'raw' in value ? Object.getOwnPropertyDescriptor(value, 'raw') : undefined
    if (raw && !raw.enumerable && Array.isArray(raw.value))
      return this.#record(value, { kind: 'template', content: { strings: [...value], raw: [...raw.value] } }, place)
    return this.#parts(value, new Array(value.length), place)
  }

  #object(value: object, place: Place | null): unknown {
    const { then, toJSON } = value as { then?: unknown; toJSON?: unknown }
    if (typeof then === 'function') throw this.#refusal('a promise', place)
    return typeof toJSON === 'function' ? this.#asData(value, toJSON, place) : this.#parts(value, {}, place)
  }

  #parts(value: object, copy: object, place: Place | null): object {
    const isList = Array.isArray(copy)
    const names = Object.keys(value)
    this.#copies.set(value, copy)
    for (const name of names) {
      const step = isList && isIndex(name) ? Number(name) : name
      try {
        const part = (value as Holder)[name]
        if (isPrimitive(part)) setOwn(copy, step, part)
        else this.#put(copy, step, part, below(place, step))
      } catch (error) {
        this.#leaveOut(error, below(place, step))
      }
    }
    return copy
  }

  /** Of a class that structured cloning knows nothing of. */
  #ofClass(value: object, place: Place | null): unknown {
    if (types.isArrayBufferView(value)) {
      const bytes = ownBytes(value)
      if (!bytes) throw this.#refusal('a view of a detached ArrayBuffer', place)
      if (Buffer.isBuffer(value)) return this.#record(value, { kind: 'buffer', content: bytes }, place)
      this.#copies.set(value, bytes)
      return bytes
    }
    if (types.isAnyArrayBuffer(value)) throw this.#refusal('a detached ArrayBuffer', place)
    const special = prismaSpecial(value)
    if (special) return this.#record(value, special, place)
    const { then, toJSON } = value as { then?: unknown; toJSON?: unknown }
    if (typeof toJSON === 'function') return this.#asData(value, toJSON, place)
    throw this.#refusal(typeof then === 'function' ? 'a promise' : `an object of the class ${className(value)}`, place)
  }

  /** What it says of itself as data, as Prisma would take it. */
  #asData(value: object, toJSON: object, place: Place | null): unknown {
    const data = Reflect.apply(toJSON as () => unknown, value, [])
    if (data === value) throw this.#refusal(`an object of the class ${className(value)}`, place)
    const copy = this.#copyOf(
      data,
      below(place, () => ''),
    )
    this.#copies.set(value, copy)
    return copy
  }

  #error(error: Error, place: Place | null): Special {
    const { properties, ...data } = errorData(error)
    const packed: object[] = []
    const special: Special = { kind: 'error', content: { ...data, properties: packed, isWithin: this.#isLenient } }
    this.#note(error, special)
    const [wasLenient, before] = [this.#isLenient, this.#copies.size]
    this.#isLenient = true
    for (const { value, ...property } of properties) {
      const [copies, holes] = [this.#copies.size, this.#holes.length]
      try {
        this.#put(property, 'value', value, below(place, property.name, errorLevels))
        packed.push(property)
      } catch {
        this.#forget(copies, holes)
      }
    }
    this.#isLenient = wasLenient
    // Elsewhere in the value these parts may not be incomplete.
    if (!wasLenient && this.#hasLeftOut) this.#forget(before, this.#holes.length)
    this.#hasLeftOut &&= wasLenient
    return special
  }

  #list(source: object, kind: Special['kind'], parts: readonly Named[], place: Place | null): Special {
    const content: unknown[] = new Array(parts.length)
    const special: Special = { kind, content }
    this.#note(source, special)
    for (const [index, [part, step]] of parts.entries()) {
      try {
        this.#put(content, index, part, below(place, step, listLevels))
      } catch (error) {
        this.#leaveOut(error, below(place, step))
      }
    }
    return special
  }

  #record(source: object, { kind, content }: Special, place: Place | null): Special {
    const special: Special = { kind, content: undefined }
    this.#note(source, special)
    this.#put(special, 'content', content, place)
    return special
  }

  #note(source: object, special: Special): void {
    this.#copies.set(source, special)
    this.#specials.add(special)
  }

  /** Takes back what was copied since then, which nothing else may refer to. */
  #forget(copies: number, holes: number): void {
    for (const source of [...this.#copies.keys()].slice(copies)) this.#copies.delete(source)
    this.#holes.length = holes
  }

  #leaveOut(error: unknown, place: Place): void {
    // Where there is no end, leaving out the innermost parts would take for ever.
    if (!this.#isLenient || error === this.#tooDeep || error instanceof RangeError) throw this.#placed(error, place)
    this.#hasLeftOut = true
  }

  /** What a getter, a trap or somebody's toJSON has thrown does not say where that was. Our own errors do. */
  #placed(cause: unknown, place: Place | null): unknown {
    if (cause instanceof SessionError || cause instanceof RangeError) return cause
    return this.#refusal(`what throws when it is read, ${text(cause)},`, place, { cause })
  }

  #refusal(what: string, place: Place | null, options?: { cause: unknown }): Error {
    const remedy = what === 'a promise' ? { remedy: 'await it first, or make the call that gives it synchronous' } : {}
    return cannotCross(what, this.#show(place), { ...remedy, ...options })
  }
}

/** Takes objects that only the caller knows how to carry: what it gives for one travels in its place. */
export type Foreign = (object: object) => unknown

/** How much deeper than itself the parts of a list's or an error's record stand. */
const listLevels = 2
const errorLevels = 4
