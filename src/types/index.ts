export type { AnySession, IdentityMap } from './any-session.js'
export type { Entity } from './entity.js'
export type { CreateSession, MakeSessionMaker, PrismaSessionProxyConstructor, SessionsExtension } from './entry.js'
export type { SessionEvent, SessionEvents } from './events.js'
export type { Key, PrimaryKey } from './key.js'
export type { Explanation } from './memory-verbs.js'
export type { BatchOptions, MigrationContext, SyncMigrationContext } from './migration.js'
export type { Io, Mode } from './mode.js'
export type { FindManyArgs, ModelName } from './models.js'
export type { NewEntity } from './new-entity.js'
export type { Inspect, Inspection, MakeTransient, MakeTransientToDetached, MarkModified } from './objects.js'
export type * from './options.js'
export type { Query } from './query.js'
export type { AsyncResult, AsyncScalarResult, Result, Row, ScalarResult } from './result.js'
export type { Rows } from './rows.js'
export type { MakeScopedSession, RollbackEach, RolledBack, ScopedSession } from './scope.js'
export type { AsyncSession, Session, SyncSession } from './session.js'
export type { Retry, SessionMaker } from './session-maker.js'
export type { Insert, MarkEntity, Remove, Select, SelectOptions, Update } from './statement-functions.js'
export type { ModelStatement, Statement, TypedStatement } from './statements.js'
export type { SyncClientBrand, SyncClientHandle, SyncPrismaClient } from './sync-client.js'
export type { CreateSyncClient, SyncClientOptions } from './sync-entry.js'
export type { SessionTransaction } from './transaction.js'
export type {
  MakeStatements,
  Statements,
  TypedEntity,
  TypedInsert,
  TypedRemove,
  TypedSelect,
  TypedUpdate,
} from './typed-statements.js'
