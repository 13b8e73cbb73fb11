/** What the examples of the API reference stand on. */
export const referencePrelude = `
import type { AsyncSession, Entity, FindManyArgs, Key, MigrationContext, ModelName, NewEntity, Rows, ScopedSession, Session, SyncMigrationContext, SyncSession } from 'prisma-session-proxy'
import { createSession, entity, insert, inspect, makeTransient, makeTransientToDetached, markModified, PrismaSessionProxy, remove, rollbackEach, scopedSession, select, sessionMaker, sessions, statements, update } from 'prisma-session-proxy'
import { createSyncClient, type SyncPrismaClient } from 'prisma-session-proxy/sync'
import { PrismaClient } from './generated/prisma/client'
import { prisma } from './db'
declare const adapter: import('@prisma/client/runtime/client').SqlDriverAdapterFactory
declare const client: SyncPrismaClient<typeof prisma>
declare const scope: ScopedSession<typeof prisma, 'async'>
declare const user: Entity<typeof prisma, 'User'>
declare const listener: () => void
declare function index(users: object[]): Promise<void>
declare function signUp(session: Session<typeof prisma>, email: string): Promise<void>
declare const test: typeof import('ava').default
const session = createSession(prisma)
const blocking = createSession(client)
const makeSession = sessionMaker(prisma)
`
