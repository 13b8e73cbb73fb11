import type { Types } from '@prisma/client/runtime/client'

/** What `createSession` takes: a PrismaClient of either generator, an extended client, a transaction client. */
export interface AnyClient {
  $transaction: unknown
}

/** What a client leaves out of rows for all queries (`new PrismaClient({ omit })`). A transaction client does not tell. */
export type GlobalOmit<C> = C extends { $extends: Types.Extensions.ExtendsHook<'extends', infer _, infer _E, infer T> }
  ? T extends { globalOmitOptions: infer O }
    ? O
    : object
  : object
