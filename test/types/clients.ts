// The clients of the type tests: both generators, extended, in a transaction, synchronous. Declared only: nothing is run.
import type { PrismaClient as Clash } from '../../generated/clash/client.ts'
import type { PrismaClient as ClashJs } from '../../generated/clash-js/client.js'
import type { Prisma, PrismaClient } from '../../generated/test/client.ts'
import type {
  CreateSession,
  MakeSessionMaker,
  MakeStatements,
  Session,
  SyncPrismaClient,
} from '../../src/types/index.js'

export declare const createSession: CreateSession
export declare const sessionMaker: MakeSessionMaker
export declare const statements: MakeStatements

export declare const prisma: PrismaClient
export declare const clash: Clash
export declare const clashJs: ClashJs
export declare const syncPrisma: SyncPrismaClient<PrismaClient>
export declare const syncClash: SyncPrismaClient<Clash>
export declare const syncExtended: SyncPrismaClient<typeof extended>

export const extended = prisma
  .$extends({
    result: { user: { loud: { needs: { name: true }, compute: (user) => user.name.toUpperCase() } } },
    query: { user: { findMany: ({ args, query }) => query(args) } },
  })
  .$extends({
    model: { $allModels: { exists: async (id: number) => id > 0 }, post: { newest: (count: number) => [count] } },
    client: { $now: async () => new Date() },
  })

export type C = typeof prisma
export type Extended = typeof extended
export type InTransaction = Prisma.TransactionClient

/** A session of either kind. */
export declare const open: Session<C>
