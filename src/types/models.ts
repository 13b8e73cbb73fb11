import type { Types } from '@prisma/client/runtime/client'
import type { IsAny, Untyped } from './mode.js'

/**
 * The names of the models, as the schema writes them.
 *
 * @example
 * ```ts
 * type Name = ModelName<typeof prisma> // 'User' | 'Post' | …
 * ```
 */
export type ModelName<C> = keyof Models<C> & string

// Signatures say `ModelName<C> & string`: an error then lists the names, and not the alias.

/** Prisma's delegates by the schema's model name: the one pass over the members of a client; everything else looks up in it. */
export type Models<C> = IsAny<C> extends true ? { [name: string]: Untyped } : { [P in keyof C as NameOf<C[P]>]: C[P] }

/** What Prisma records about one model: `payload`, `operations`, `fields`. */
export type TypesOf<D> = D extends { [K: symbol]: { types: infer T } } ? T : never

// One model at a time: to infer what several have in common compares them all. `M extends keyof Models<C>` would work out
// the keys of all models each time.
export type Delegate<C, M> = M extends string
  ? Models<C> extends { [_ in M]: infer D }
    ? D
    : IsAny<C> extends true
      ? Untyped
      : never
  : never

/** The arguments of one operation of a model, Prisma's own. */
export type Args<C, M, Op extends string> = IsAny<C> extends true ? Untyped : ArgsOf<Delegate<C, M>, Op>

export type ArgsOf<D, Op> = D extends unknown ? ArgsIn<TypesOf<D>, Op> : never

type ArgsIn<T, Op> = T extends { operations: infer O }
  ? Op extends keyof O
    ? O[Op] extends { args: infer A }
      ? A
      : never
    : never
  : never

/**
 * What `findMany` of a model takes, Prisma's own.
 *
 * @example
 * ```ts
 * const recent: FindManyArgs<typeof prisma, 'Post'> = { orderBy: { id: 'desc' }, take: 10 }
 * ```
 */
export type FindManyArgs<C, M> = Args<C, M, 'findMany'>

/** The `data` of an operation's arguments. */
export type DataIn<A> = A extends { data?: infer D } ? D : never

export type Payload<D> = D extends unknown ? PayloadIn<TypesOf<D>> : never

type PayloadIn<T> = T extends { payload: infer P extends Types.Payload } ? P : never

export type Scalars<C, M> = Payload<Delegate<C, M>>['scalars']

export type Objects<C, M> = IsAny<C> extends true ? Record<never, never> : Payload<Delegate<C, M>>['objects']

/** The schema's own fields: an extension's computed ones are among the scalars of the payload, not among these. */
export type FieldName<C, M> = TypesOf<Delegate<C, M>> extends { fields: infer F } ? keyof F : never

/** The model a relation's payload stands for. */
export type RelatedModel<P> = NonNullable<P extends readonly (infer E)[] ? E : P> extends { name: infer N } ? N : never

// An object type without a symbol index would match with any name: `string` is no answer.
type NameOf<D> = D extends { [K: symbol]: { types: { payload: { name: infer N extends string } } } }
  ? string extends N
    ? never
    : N
  : never
