import type { Types } from '@prisma/client/runtime/client'
import type { ArgsOf, Payload } from './models.js'
import type { Operations, SyncMember, SyncOperation } from './sync-delegate.js'

/**
 * A delegate where the mode is open: each method is Prisma's own or the synchronous one. A union of generic methods can be called
 * when their type parameters agree, and both are assignable to it without comparing signatures.
 */
export type OpenDelegate<D, O> = {
  [K in keyof D as K extends string ? K : never]: K extends 'groupBy'
    ? OpenGroupBy<D>
    : D[K] | (K extends keyof Operations<D> ? SyncOperation<D, K, O> : SyncMember<D[K]>)
}

// Prisma's `groupBy` has type parameters of its own kind. Two equal signatures make TypeScript compare it with them erased.
interface OpenGroupBy<D> {
  <A extends ArgsOf<D, 'groupBy'>>(
    args: Types.Public.Exact<A, ArgsOf<D, 'groupBy'>>,
  ): Groups<D, A> | PromiseLike<Groups<D, A>>
  <A extends ArgsOf<D, 'groupBy'>>(
    args: Types.Public.Exact<A, ArgsOf<D, 'groupBy'>>,
  ): Groups<D, A> | PromiseLike<Groups<D, A>>
}

type Groups<D, A> = Types.Result.GetGroupByResult<Payload<D>, A>
