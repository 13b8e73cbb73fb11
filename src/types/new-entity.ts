import type { Entity, Related } from './entity.js'
import type { Args, Objects, RelatedModel } from './models.js'

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

/** The entity `add` makes of the data `D`: what `D` says of the relations is known of it. */
export type Added<C, M, D> = [keyof D & keyof Objects<C, M>] extends [never]
  ? Entity<C, M>
  : Entity<C, M> & { [K in keyof D & keyof Objects<C, M>]: Given<Related<C, Objects<C, M>[K]>, D[K]> }

type Given<R, V> = (null extends V ? R : NonNullable<R>) | Extract<V, undefined>

// `In` is Prisma's create data without what the place implies: a union of its checked and unchecked forms.
type New<C, M, In> = RequiredFields<In, keyof Objects<C, M>> &
  OptionalFields<In, keyof Objects<C, M>> &
  RelationFields<C, Objects<C, M>, In> &
  RequiredRelations<C, M, In, AlwaysKeys<In, keyof Objects<C, M>>>

type RequiredFields<In, R> = {
  [K in Exclude<KeysOf<In>, R> as IsOptional<In, K> extends false ? K : never]: Value<In, K>
}

type OptionalFields<In, R> = {
  [K in Exclude<KeysOf<In>, R> as IsOptional<In, K> extends false ? never : K]?: Value<In, K>
}

type RelationFields<C, O, In> = { [K in KeysOf<In> & keyof O]?: NewRelated<C, O[K], Nested<In, K>> }

type NewRelated<C, P, In> = [P] extends [readonly (infer E)[]]
  ? readonly (Entity<C, RelatedModel<E>> | New<C, RelatedModel<E>, In>)[]
  : Entity<C, RelatedModel<P>> | New<C, RelatedModel<P>, In> | Extract<P, null>

// A required relation is given by its object or by its foreign key; with several, each in its own way.
type RequiredRelations<C, M, In, K> = [K] extends [never]
  ? unknown
  : All<K extends keyof Objects<C, M> ? [ByObject<C, Objects<C, M>[K], In, K> | ByForeignKey<C, M, In, K>] : never>

type ByObject<C, P, In, K extends PropertyKey> = { [_ in K]: NewRelated<C, P, Nested<In, K>> }

type ByForeignKey<C, M, In, K extends keyof Objects<C, M>> = {
  [F in ForeignKey<C, M, In, K, RelatedModel<Objects<C, M>[K]>> as IsNeverRequired<In, F> extends true
    ? never
    : F]: Exclude<Value<In, F>, undefined>
}

// Prisma's input for this model, seen from the other side of the relation, lacks the relation and its foreign key.
type ForeignKey<C, M, In, K, R> = Exclude<
  KeysOf<In>,
  KeysOf<Nested<CreateData<C, R>, OtherSide<C, R, Nested<In, K>>>> | keyof Objects<C, M>
>

type OtherSide<C, R, NestedIn> = Exclude<KeysOf<CreateData<C, R>>, KeysOf<NestedIn>> & keyof Objects<C, R>

type CreateData<C, M> = Args<C, M, 'create'> extends { data?: infer D } ? NonNullable<D> : never

// What a nested write would create: the related model's data without the way back.
type Nested<In, K> = In extends unknown ? (K extends keyof In ? Created<In[K]> : never) : never

type Created<N> = N extends { create?: infer D } ? Element<NonNullable<D>> : never

type Element<T> = T extends readonly (infer E)[] ? E : T

type KeysOf<In> = In extends unknown ? keyof In : never

type Value<In, K> = In extends unknown ? (K extends keyof In ? Exclude<In[K], { set: any }> : never) : never

/** Of `keys`, those that some form of the data insists on. */
type AlwaysKeys<In, Keys> = In extends unknown
  ? { [K in keyof In & Keys]-?: {} extends Pick<In, K> ? never : K }[keyof In & Keys]
  : never

/** `false` when every form insists on the field, else `boolean` or `true`. */
type IsOptional<In, K> = In extends unknown
  ? K extends keyof In
    ? {} extends Pick<In, K>
      ? true
      : false
    : true
  : never

type IsNeverRequired<In, K> = [IsOptional<In, K>] extends [true] ? true : false

type All<U> = (U extends [infer T] ? (one: T) => void : never) extends (all: infer I) => void ? I : never
