import type { IsAny, Untyped } from './mode.js'
import type { Args, Scalars } from './models.js'

/**
 * What identifies one row: the scalar of the primary key; for a composite key `[a, b]`, `{ a, b }` or Prisma's `{ a_b: { a, b } }`;
 * or the fields of any unique constraint, as in Prisma's `where`.
 *
 * Where no field is called `id`, the types cannot tell the primary key from other unique fields and take the scalar of each.
 *
 * @example
 * ```ts
 * const byId: Key<typeof prisma, 'User'> = 1
 * const byEmail: Key<typeof prisma, 'User'> = { email: 'ada@example.org' }
 * const composite: Key<typeof prisma, 'Pair'> = [1, 2]
 * ```
 */
export type Key<C, M> = IsAny<C> extends true ? Untyped : KeyOf<Args<C, M, 'findUnique'>, Scalars<C, M>>

/** What identifies a row by its primary key: as `Key`, without other unique fields. */
export type PrimaryKey<C, M> = IsAny<C> extends true ? Untyped : PrimaryKeyOf<Args<C, M, 'findUnique'>, Scalars<C, M>>

type PrimaryKeyOf<A, S> = A extends { where: infer W }
  ? 'id' extends UniqueNames<W> & keyof S
    ? Field<W, 'id'> | { id: Field<W, 'id'> }
    : KeyOf<A, S>
  : never

type KeyOf<A, S> = A extends { where: infer W } ? Where<W, UniqueNames<W>> | Bare<W, UniqueNames<W>, S> : never

// `id` is the primary key; without one every unique constraint may be it.
type Bare<W, U, S> = 'id' extends U & keyof S
  ? Field<W, 'id'>
  : U extends keyof S
    ? IsNullable<S[U]> extends true
      ? never
      : Field<W, U>
    : Composite<U, Field<W, U>>

type Composite<N, V> = V extends object ? V | Tuple<N, V, keyof V> : never

// The order of the fields is that of Prisma's name for the key, `a_b`; a name of the user's own does not tell it.
type Tuple<N, V, K extends PropertyKey> = [Ordered<N, V, K>] extends [never] ? readonly V[keyof V][] : Ordered<N, V, K>

type Ordered<N, V, K extends PropertyKey, F extends PropertyKey = K> = F extends keyof V & string
  ? N extends F
    ? [Exclude<K, F>] extends [never]
      ? readonly [V[F]]
      : never
    : N extends `${F}_${infer Rest}`
      ? Ordered<Rest, V, Exclude<K, F>> extends infer T extends readonly unknown[]
        ? readonly [V[F], ...T]
        : never
      : never
  : never

type Where<W, U> = U extends PropertyKey ? { [K in U]: Field<W, K> } : never

type Field<W, K> = W extends unknown ? (K extends keyof W ? NonNullable<W[K]> : never) : never

// Prisma's unique `where` is a union in which each member insists on one unique constraint.
type UniqueNames<W> = W extends unknown
  ? keyof { [K in keyof W as W extends { [_ in K]: unknown } ? K : never]: 0 }
  : never

// Without `strictNullChecks`, which a new project of Next is without, null is in every type, and nothing can be told.
type IsNullable<T> = null extends string ? false : null extends T ? true : false
