import type { Types } from '@prisma/client/runtime/client'
import type { AnyClient } from './client.js'
import type { IsAny, Untyped } from './mode.js'
import type { AsyncSession } from './session.js'

/**
 * Prisma's `$extends`, giving a session over the extended client; the client's own signature stays behind it, so that a session passes
 * for the client. A client with a Prisma runtime of its own (`prisma-client-js` with `output`) has types that cannot be taken apart:
 * there an extension as a function gives the type of a session, and one as an object that of the extended client.
 */
export type Extending<C> = IsAny<C> extends true ? (extension: unknown) => AsyncSession<Untyped> : ExtendingOf<C>

type ExtendingOf<C> = C extends { $extends: infer F }
  ? F extends Types.Extensions.ExtendsHook<'extends', infer Cb, infer E, infer T>
    ? ExtendSession<Cb, E, T> & F
    : (<X extends AnyClient>(extension: (client: C) => X) => AsyncSession<X>) & F
  : never

// Prisma's own type parameters, by which it infers the parts of an extension; only the result differs.
type ExtendSession<
  Cb extends Types.Extensions.TypeMapCbDef,
  E extends Properties,
  T extends Types.Extensions.TypeMapDef,
> = <
  ResultOf extends { [K in T['meta']['modelProps'] | '$allModels']?: unknown },
  R,
  ModelOf extends { [K in T['meta']['modelProps'] | '$allModels']?: unknown },
  M,
  QueryOf extends {
    [K in T['meta']['modelProps'] | '$allModels' | keyof T['other']['operations'] | '$allOperations']?: unknown
  },
  ClientOf extends { [K in string]?: unknown },
  L,
  Args extends Types.Extensions.InternalArgs = Types.Extensions.InternalArgs<R, M, Nothing, L>,
  Merged extends Types.Extensions.InternalArgs = Types.Extensions.MergeExtArgs<T, E, Args>,
>(
  extension:
    | ((client: Types.Extensions.DynamicClientExtensionThis<T, Cb, E>) => { $extends: { extArgs: Args } })
    | {
        name?: string
        query?: Types.Extensions.DynamicQueryExtensionArgs<QueryOf, T>
        result?: Types.Extensions.DynamicResultExtensionArgs<ResultOf, T> & R
        model?: Types.Extensions.DynamicModelExtensionArgs<ModelOf, T, Cb, E> & M
        client?: Types.Extensions.DynamicClientExtensionArgs<ClientOf, T, Cb, E> & L
      },
) => AsyncSession<Types.Extensions.DynamicClientExtensionThis<Types.Utils.Call<Cb, { extArgs: Merged }>, Cb, Merged>>

type Nothing = Record<never, never>

type Properties = Types.Utils.Record<string, Untyped>
