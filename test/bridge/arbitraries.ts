import { AnyNull, DbNull, Decimal, JsonNull, makeTypedQueryFactory, Sql, skip } from '@prisma/client/runtime/client'
import fc from 'fast-check'
import { ArgumentError, StaleDataError } from '../../src/errors.js'
import type { ScalarType } from '../../src/model/model.js'
import { kinds, valuesOf } from '../model/arbitraries.js'

/** Makes a value, an equal one each time. */
export type Make = () => unknown

/** What structured cloning refuses or flattens, and what is easily got wrong. */
const oddities: fc.Arbitrary<Make> = fc.oneof(
  fc.constantFrom<unknown[]>(undefined, null, Number.NaN, -0, 0, Number.NEGATIVE_INFINITY, '', '__proto__').map(always),
  fc.constantFrom<unknown[]>(DbNull, JsonNull, AnyNull, skip).map(always),
  fc
    .constantFrom('1.50', '-0', 'NaN', '-Infinity', '1e+500', '0.1234567890123456789012345678901234567890')
    .map(decimal),
  fc.string({ maxLength: 3 }).map((text) => () => Buffer.from(text)),
  fc.nat(3).map((start) => () => new Uint8Array([1, 2, 3, 4, 5]).subarray(start, start + 2)),
  fc.nat(3).map((start) => () => new DataView(new Uint8Array([1, 2, 3, 4, 5]).buffer, start, 2)),
  fc.double().map((each) => () => Float64Array.of(1, each).subarray(1)),
  fc.bigInt({ min: 0n, max: 9n }).map((each) => () => BigUint64Array.of(each)),
  fc.constantFrom(Number.NaN, 0).map((time) => () => new Date(time)),
  fc.constantFrom('a', 'b').map((source) => () => new RegExp(source, 'gi')),
  fc.constantFrom<unknown[]>(1, 'a', true, 1n).map((each) => () => Object(each)),
  fc.constantFrom(['', ''], ['a', ' \n', 'b']).map((strings) => () => template(strings)),
)

const scalars: fc.Arbitrary<Make> = fc
  .constantFrom<ScalarType[]>(...kinds)
  .chain((kind) => valuesOf[kind].map((value) => () => again(value)))

const names = fc.oneof(
  fc.constantFrom('a', 'b', '__proto__', 'constructor', '1', 'value', 'kind', 'holes'),
  fc.string(),
)

const errorClasses = [Error, TypeError, RangeError, ArgumentError] as const

/** Values of every kind, in values of every kind. */
export const makers: fc.Arbitrary<Make> = fc.letrec<{ any: Make; leaf: Make }>((tie) => {
  const some = fc.array(tie('any'), { maxLength: 3 })
  const entries = fc.array(fc.tuple(names, tie('any')), { maxLength: 4 })
  return {
    leaf: fc.oneof({ weight: 2, arbitrary: scalars }, oddities),
    any: fc.oneof(
      { maxDepth: 4 },
      { weight: 2, arbitrary: tie('leaf') },
      some.map((parts) => () => parts.map(made)),
      fc.tuple(some, fc.nat(3)).map(
        ([parts, holes]) =>
          () =>
            sparse(parts.map(made), holes),
      ),
      entries.map((each) => () => objectOf(each.map(([name, make]) => [name, make()]))),
      some.map((parts) => () => new Set(parts.map(made))),
      fc
        .array(fc.tuple(tie('any'), tie('any')), { maxLength: 3 })
        .map((pairs) => () => new Map(pairs.map(([key, value]) => [key(), value()]))),
      some.map((parts) => () => new Sql(strings(parts), parts.map(made) as ConstructorParameters<typeof Sql>[1])),
      some.map((parts) => () => makeTypedQueryFactory('select ?')(...parts.map(made))),
      fc.tuple(fc.constantFrom(...errorClasses), tie('any'), tie('any')).map(
        ([Class, cause, extra]) =>
          () =>
            errorOf(Class, cause(), extra()),
      ),
      // One object in two places.
      tie('any').map((make) => () => twice(make())),
    ),
  }
}).any

type Container = Record<string, unknown> | unknown[] | Map<unknown, unknown> | Set<unknown> | Error

const shells: Readonly<Record<string, () => Container>> = {
  object: () => ({}),
  array: () => [],
  map: () => new Map(),
  set: () => new Set(),
  error: () => new StaleDataError('stale'),
}

const node = fc.record({
  shell: fc.constantFrom(...Object.keys(shells)),
  to: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
  leaf: oddities,
})

/** Containers that refer to each other any which way, in circles and many times. */
export const graphs: fc.Arbitrary<Make> = fc.array(node, { minLength: 1, maxLength: 6 }).map((nodes) => () => {
  const all = nodes.map(({ shell }) => (shells[shell] as () => Container)())
  for (const [index, { to, leaf }] of nodes.entries()) {
    const parts = [...to.map((number) => all[number % all.length]), leaf()]
    for (const [place, part] of parts.entries()) link(all[index] as Container, place, part)
  }
  return all[0]
})

function link(container: Container, place: number, part: unknown): void {
  if (container instanceof Map) container.set(place % 2 ? part : place, part)
  else if (container instanceof Set) container.add(part)
  else if (Array.isArray(container)) container.push(part)
  else if (container instanceof Error && place === 0) container.cause = part
  else (container as Record<string, unknown>)[`part${place}`] = part
}

function errorOf(Class: (typeof errorClasses)[number], cause: unknown, extra: unknown): Error {
  return Object.assign(new Class('failed', { cause }), { extra })
}

function always(value: unknown): Make {
  return () => value
}

function decimal(text: string): Make {
  return () => new Decimal(text)
}

function made(make: Make): unknown {
  return make()
}

function twice(value: unknown): object {
  return { first: value, second: [value] }
}

function sparse(values: unknown[], holes: number): unknown[] {
  const list = new Array(values.length + holes)
  for (const [index, value] of values.entries()) list[index + (index > 0 ? holes : 0)] = value
  return list
}

function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  const object = {}
  for (const [name, value] of entries)
    Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true })
  return object
}

function strings(between: readonly unknown[]): string[] {
  return ['select ', ...between.map(() => ',')]
}

export function template(strings: readonly string[]): TemplateStringsArray {
  return Object.freeze(Object.defineProperty([...strings], 'raw', { value: Object.freeze([...strings]) })) as never
}

function again(value: unknown): unknown {
  if (value instanceof Decimal) return new Decimal(value)
  return typeof value === 'object' ? structuredClone(value) : value
}
