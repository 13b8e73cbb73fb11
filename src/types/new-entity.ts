import type { Entity, EntityWith, Related } from './entity.js'
import type { Args, DataIn, Objects, RelatedModel } from './models.js'

/**
 * What `add` takes for a model: the fields of Prisma's create input, checked or unchecked. A relation takes entities or new
 * entities (an array for to-many), never `{ connect }` or `{ create }`; a required one may be given by its foreign key instead.
 *
 * @example
 * ```ts
 * const draft: NewEntity<typeof prisma, 'Post'> = { title: 'Notes', author: { name: 'Ada' }, tags: [{ label: 'maths' }] }
 * ```
 */
export type NewEntity<C, M> = New<C, M, CreateData<C, M>>

/** The entity `add` makes of the data `D`: the relations given are there. */
export type Added<C, M, D> = [keyof D & keyof Objects<C, M>] extends [never]
  ? Entity<C, M>
  : EntityWith<C, M, { [K in keyof D & keyof Objects<C, M>]: Related<C, Objects<C, M>[K]> | Extract<D[K], undefined> }>

// `In` is Prisma's create data without what the place implies: the checked or the unchecked form, each with the other's fields undefined.
type New<C, M, In> = Fields<In, keyof Objects<C, M>> &
  RelationFields<C, Objects<C, M>, In, CreateData<C, M>> &
  RequiredRelations<C, M, In, RequiredIn<In, keyof Objects<C, M>>>

// By the `?`: without `strictNullChecks` undefined is in every type.
type Fields<In, R> = { [K in Exclude<keyof In, R> as object extends Pick<In, K> ? never : K]: Value<In[K]> } & {
  [K in Exclude<keyof In, R> as object extends Pick<In, K> ? K : never]?: Value<In[K]>
}

// The way back, which `In` lacks, may be given all the same: the new author of a post may have more posts.
type RelationFields<C, O, In, Whole> = {
  [K in keyof O]?: NewRelated<C, O[K], Nested<K extends keyof In ? In[K] : Whole[K & keyof Whole]>>
}

type NewRelated<C, P, In> = [P] extends [readonly (infer E)[]]
  ? readonly (Entity<C, RelatedModel<E>> | New<C, RelatedModel<E>, In>)[]
  : Entity<C, RelatedModel<P>> | New<C, RelatedModel<P>, In> | Extract<P, null>

// A required relation is given by its object or by its foreign key; with several, each in its own way.
type RequiredRelations<C, M, In, K> = [K] extends [never]
  ? unknown
  : All<
      K extends keyof Objects<C, M> & keyof In
        ? [ByObject<C, Objects<C, M>[K], In, K> | ByForeignKey<C, M, In, K>]
        : never
    >

type ByObject<C, P, In, K extends keyof In> = { [_ in K]-?: NewRelated<C, P, Nested<In[K]>> }

type ByForeignKey<C, M, In, K extends keyof Objects<C, M> & keyof In> = {
  [F in ForeignKey<C, In, keyof Objects<C, M>, RelatedModel<Objects<C, M>[K]>, Nested<In[K]>>]: Value<In[F]>
}

// Prisma's input for this model, seen from the other side of the relation, lacks the relation and its foreign key.
type ForeignKey<C, In, Relations, R, NestedIn> = RequiredIn<
  In,
  Exclude<
    keyof In,
    keyof Nested<CreateData<C, R>[Exclude<keyof CreateData<C, R>, keyof NestedIn> & keyof Objects<C, R>]> | Relations
  >
>

type CreateData<C, M> = NonNullable<DataIn<Args<C, M, 'create'>>>

// What a nested write would create: the related model's data without the way back.
type Nested<N> = N extends { create?: infer D } ? Exclude<D, readonly unknown[] | undefined> : never

type Value<V> = Exclude<V, { set: readonly unknown[] } | undefined>

/** Of `Keys`, those that one form of the data insists on. */
type RequiredIn<In, Keys> = In extends unknown
  ? keyof { [K in keyof In & Keys as object extends Pick<In, K> ? never : K]: 0 }
  : never

type All<U> = (U extends [infer T] ? (one: T) => void : never) extends (all: infer I) => void ? I : never
