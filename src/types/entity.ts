import type { IsAny, Untyped } from './mode.js'
import type { FieldName, Objects, RelatedModel, Scalars } from './models.js'

/**
 * An object of a model as a session holds it: the scalars, and the relations, which are absent until loaded.
 * Fields that a result extension computes are there read-only.
 *
 * @example
 * ```ts
 * function rename(user: Entity<typeof prisma, 'User'>, name: string) {
 *   user.name = name // the next flush writes it
 *   return user.posts?.length // undefined unless `posts` was loaded
 * }
 * ```
 */
export type Entity<C, M> = IsAny<C> extends true ? Untyped : Flat<Stored<C, M> & Relations<C, M>>

/** An entity with the members `R` in place of relations that may not be there. */
export type EntityWith<C, M, R> =
  IsAny<C> extends true ? Untyped : Flat<Stored<C, M> & R & Omit<Relations<C, M>, keyof R>>

/** What a relation holds: entities for to-many; for to-one an entity, or null where the schema allows it. */
export type Related<C, P> = [P] extends [readonly (infer E)[]]
  ? Entity<C, RelatedModel<E>>[]
  : Entity<C, RelatedModel<P>> | Extract<P, null>

type Relations<C, M> = { [K in keyof Objects<C, M>]?: Related<C, Objects<C, M>[K]> }

type Stored<C, M> = StoredOf<Scalars<C, M>, FieldName<C, M>>

type StoredOf<S, F> = [Exclude<keyof S, F>] extends [never]
  ? { [K in keyof S]: S[K] }
  : { [K in keyof S as K extends F ? K : never]: S[K] } & { readonly [K in keyof S as K extends F ? never : K]: S[K] }

// One object type without a name of its own: an editor shows its fields.
type Flat<T> = { [K in keyof T]: T[K] } & {}
