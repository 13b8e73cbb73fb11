import type { Entity } from './entity.js'
import type { IsAny } from './mode.js'
import type { Args, DataIn, FindManyArgs } from './models.js'
import type { SelectOptions } from './statement-functions.js'
import type { StatementKind } from './statements.js'

/** `'later'` when the arguments of a statement are those of the model, or cannot be checked, else what is wrong with them. */
export type CheckedArguments<C, K extends StatementKind, M, A> =
  IsAny<C> extends true ? 'later' : unknown extends A ? 'later' : Compared<A, ArgumentsOf<C, K, M>>

type Compared<A, P> = unknown extends P
  ? 'later'
  : Mutable<A> extends P
    ? [UnknownNames<A, P>] extends [never]
      ? 'later'
      : { unknownArgument: UnknownNames<A, P> }
    : { expectedArguments: P }

// Of a variable that may hold one kind or another, nothing is known.
type ArgumentsOf<C, K extends StatementKind, M> = [K] extends ['select']
  ? FindManyArgs<C, M> & SelectOptions
  : [K] extends ['insert']
    ? { rows?: NewRow<C, M> | readonly NewRow<C, M>[]; select?: ReturnedColumns<C, M> }
    : [K] extends ['update']
      ? { where?: WhereOf<C, M>; data: UpdateData<C, M>; select?: ReturnedColumns<C, M> }
      : [K] extends ['remove']
        ? { where?: WhereOf<C, M> }
        : unknown

/** The columns that a writing statement returns. */
export type ReturnedColumns<C, M> = { readonly [K in keyof Entity<C, M>]?: boolean }

/** A row in the form of Prisma's `createMany`. */
export type NewRow<C, M> = OneOf<DataIn<Args<C, M, 'createMany'>>>

/** Prisma's `where` of a model. */
export type WhereOf<C, M> = WhereIn<FindManyArgs<C, M>>

/** Prisma's `data` of `updateMany`. */
export type UpdateData<C, M> = DataIn<Args<C, M, 'updateMany'>>

type OneOf<D> = D extends readonly (infer R)[] ? R : D

type WhereIn<A> = A extends { where?: infer W } ? NonNullable<W> : never

// What is inferred as a constant is read-only all through, which Prisma's types are not.
type Mutable<T> = T extends readonly unknown[] | Plain ? { -readonly [K in keyof T]: Mutable<T[K]> } : T

/** The names at any depth of `A` that the type `P` does not have. */
type UnknownNames<A, P> = A extends readonly (infer E)[]
  ? UnknownNames<E, Element<P>>
  : A extends Plain
    ? Exclude<keyof A, KeyOf<P>> | { [K in keyof A]: UnknownNames<A[K], Member<P, K>> }[keyof A]
    : never

type KeyOf<P> = P extends unknown ? keyof P : never

type Member<P, K> = P extends object ? (K extends keyof P ? P[K] : never) : never

type Element<P> = P extends readonly (infer E)[] ? E : P

// No instance of a class: dates, decimals, bytes, Prisma's nulls.
type Plain = { readonly [name: string]: unknown }
