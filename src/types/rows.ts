import type { Types } from '@prisma/client/runtime/client'
import type { GlobalOmit } from './client.js'
import type { Entity, EntityWith, Related } from './entity.js'
import type { IsAny, Untyped } from './mode.js'
import type { Objects, PayloadOf, RelatedModel } from './models.js'

/**
 * What a select gives for the arguments `A`: entities, those relations present that `include` names; with `select`, Prisma's result rows.
 *
 * @example
 * ```ts
 * type Names = Rows<typeof prisma, 'User', { select: { name: true } }> // { name: string }[]
 * ```
 */
export type Rows<C, M, A> = OneRow<C, M, A>[]

/** One of `Rows`. */
export type OneRow<C, M, A> =
  IsAny<C> extends true ? Untyped : A extends { select: object } ? Selected<C, M, A> : Included<C, M, A>

/** Prisma's result row. */
export type Selected<C, M, A> = Types.Result.GetFindResult<PayloadOf<C, M>, A, GlobalOmit<C>>

/** An entity with the relations and counts that `include` names. */
export type Included<C, M, A> = A extends { include: infer I extends object }
  ? EntityWith<
      C,
      M,
      {
        [K in keyof I & (keyof Objects<C, M> | '_count') as I[K] extends false | null | undefined
          ? never
          : K]: K extends keyof Objects<C, M> ? Loaded<C, Objects<C, M>[K], I[K]> : Counts<C, M, I[K]>
      }
    >
  : Entity<C, M>

// What `include` loads of a relation may itself include.
type Loaded<C, P, A> = A extends { include: object }
  ? [P] extends [readonly (infer E)[]]
    ? Included<C, RelatedModel<E>, A>[]
    : Included<C, RelatedModel<P>, A> | Extract<P, null>
  : Related<C, P>

/** The numbers of members of the lists that `_count` selects, or of all. */
type Counts<C, M, A> = A extends { select: infer S }
  ? { [K in keyof S as S[K] extends false | undefined ? never : K]: number }
  : { [K in keyof Objects<C, M> as Objects<C, M>[K] extends readonly unknown[] ? K : never]: number }
