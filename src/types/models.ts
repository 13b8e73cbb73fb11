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

/** What Prisma records of the models, by the schema's name. */
type Models<C> = IsAny<C> extends true ? { [name: string]: Untyped } : ModelsOf<C, TypeMapOf<C>>

// A client's `$extends` holds the table itself. Where it is not there, in transaction clients, or cannot be taken apart, as that of a client
// with a Prisma runtime of its own, the delegates tell: a pass over the members of the client, whose cost grows with the models.
type ModelsOf<C, T> = T extends { model: infer Known } ? Known : { [P in keyof C as NameOf<C[P]>]: TypesOf<C[P]> }

type TypeMapOf<C> = C extends { $extends: Types.Extensions.ExtendsHook<'extends', infer _, infer _E, infer T> }
  ? T
  : unknown

/** What Prisma records about one model: `payload`, `operations`, `fields`. */
export type TypesOf<D> = D extends { [K: symbol]: { types: infer T } } ? T : never

// While `M` is a type parameter, the checker asks what the models that it may stand for have in common, and would work out all of them. It
// stops at `infer T`.
type ModelTypes<C, M> = Models<C>[M & keyof Models<C>] extends infer T ? T : never

/** Prisma's delegate of a model. */
export type Delegate<C, M> =
  IsAny<C> extends true ? Untyped : M extends string ? (Delegates<C> extends { [_ in M]: infer D } ? D : never) : never

type Delegates<C> = { [P in keyof C as NameOf<C[P]>]: C[P] }

/**
 * True while the model of a statement is not known: of one that is written into a call, the checker looks at the names of all models first. To
 * compare the arguments with what all of them take would cost more than all else.
 */
export type IsOpen<C, M> = [ModelName<C>] extends [M] ? IsSeveral<M> : false

type IsSeveral<M, All = M> = M extends unknown ? ([All] extends [M] ? false : true) : never

/** The arguments of one operation of a model, Prisma's own. */
export type Args<C, M, Op extends string> = IsAny<C> extends true ? Untyped : ArgsIn<ModelTypes<C, M>, Op>

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

export type PayloadOf<C, M> = PayloadIn<ModelTypes<C, M>>

export type Scalars<C, M> = PayloadOf<C, M>['scalars']

export type Objects<C, M> = IsAny<C> extends true ? Record<never, never> : PayloadOf<C, M>['objects']

/** The schema's own fields: an extension's computed ones are among the scalars of the payload, not among these. */
export type FieldName<C, M> = ModelTypes<C, M> extends { fields: infer F } ? keyof F : never

/** The model a relation's payload stands for. */
export type RelatedModel<P> = NonNullable<P extends readonly (infer E)[] ? E : P> extends { name: infer N } ? N : never

// An object type without a symbol index would match with any name: `string` is no answer.
type NameOf<D> = D extends { [K: symbol]: { types: { payload: { name: infer N extends string } } } }
  ? string extends N
    ? never
    : N
  : never
