import type { Types } from '@prisma/client/runtime/client'
import type { ArgsOf, Payload, TypesOf } from './models.js'

/**
 * Prisma's delegate with each method returning its value: the same generic signatures, the result unwrapped, no fluent chaining.
 * `O` is the client's global `omit`.
 */
export type SyncDelegate<D, O> = {
  [K in keyof D as K extends string ? K : never]: K extends keyof Operations<D>
    ? SyncOperation<D, K, O>
    : SyncMember<D[K]>
}

/** A method of a model or client extension, or any other member, with its promise taken off. */
export type SyncMember<F> = F extends (...args: infer A) => infer R ? (...args: A) => Awaited<R> : F

// Prisma's own type parameter and constraint, so that the union of both forms stays callable (see session-delegate.ts).
export type SyncOperation<D, K, O> =
  Record<never, never> extends ArgsOf<D, K>
    ? <A extends ArgsOf<D, K>>(args?: Checked<A, ArgsOf<D, K>>) => OperationResult<D, A, K, O>
    : <A extends ArgsOf<D, K>>(args: Checked<A, ArgsOf<D, K>>) => OperationResult<D, A, K, O>

export type OperationResult<D, A, K, O> = Types.Result.GetResult<Payload<D>, A, K & Types.Public.Operation, O>

export type Operations<D> = TypesOf<D> extends { operations: infer Ops } ? Ops : never

// What Prisma's own signatures refuse: unknown properties, and two ways of choosing fields.
type Checked<A, W> = { [K in keyof A]: K extends keyof W ? A[K] : never } & (A extends { select: unknown } & (
  | { include: unknown }
  | { omit: unknown }
)
  ? 'Choose either `select` or `include` or `omit`.'
  : unknown)
