/** What stands where in the reference: a name is a function or a type; a group gives all members of one interface. */
export const plan: readonly Section[] = [
  section('Making sessions', [
    ...['createSession', 'PrismaSessionProxy', 'sessionMaker', 'SessionMaker', 'Retry', 'sessions'],
    ...['scopedSession', 'ScopedSession', 'rollbackEach', 'RolledBack'],
  ]),
  section('The session', [
    ...['Session', 'AsyncSession', 'SyncSession', 'AnySession', 'IdentityMap'],
    group('In memory', 'MemoryVerbs', 'At once, with plain values in both modes. Nothing is sent.'),
    group('Transactions', 'TransactionVerbs', 'Promises on an asynchronous session, values on a synchronous one.'),
    group('Single objects', 'LoadVerbs', 'Promises on an asynchronous session, values on a synchronous one.'),
    group('Running statements', 'StatementVerbs', 'Pending work is flushed first.'),
    group('Asynchronous sessions only', 'AsyncVerbs', 'On a synchronous session they throw NotImplementedError.'),
    group('Synchronous sessions only', 'SyncVerbs', 'On an asynchronous session it throws NotImplementedError.'),
    group(
      "Prisma's own",
      'Transacting',
      "Every other name is the client's, inside the session's transaction: `session.user.findMany()`, `session.$queryRaw`, the methods of a client extension. An asynchronous session has them with Prisma's own types, a synchronous one without the promises.",
    ),
  ]),
  section('Transactions and events', ['SessionTransaction', 'SessionEvents', 'SessionEvent']),
  section('Statements', [
    ...['select', 'insert', 'update', 'remove', 'entity', 'statements', 'Statements'],
    ...['TypedSelect', 'TypedInsert', 'TypedUpdate', 'TypedRemove', 'TypedEntity'],
    ...['Statement', 'ModelStatement', 'TypedStatement', 'SelectOptions', 'LockMode', 'Synchronize'],
  ]),
  section('Results', ['Result', 'ScalarResult', 'Row', 'AsyncResult', 'AsyncScalarResult', 'Query']),
  section('Objects and models', [
    ...['inspect', 'Inspection', 'markModified', 'makeTransient', 'makeTransientToDetached', 'Explanation'],
    ...['Entity', 'NewEntity', 'Key', 'PrimaryKey', 'ModelName', 'FindManyArgs', 'Rows'],
  ]),
  section('Options', [
    ...['SessionOptions', 'TransactionOptions', 'GetOptions', 'StreamOptions', 'matrix', 'Matrix', 'Cell'],
  ]),
  section('Synchronous clients', [
    ...['createSyncClient', 'SyncClientOptions', 'SyncPrismaClient', 'SyncClientHandle', 'SyncClientBrand'],
  ]),
  section('Migration scripts', ['MigrationContext', 'SyncMigrationContext', 'BatchOptions']),
  section('Modes', ['Mode', 'Io']),
]

/** Types whose members have their places elsewhere. */
export const withoutMembers: readonly string[] = [
  ...['Session', 'AsyncSession', 'SyncSession', 'SessionEvent', 'SyncPrismaClient'],
]

/** What an object of the type is called in the headings of its members, and when it is called itself. */
export const variables: Readonly<Record<string, string>> = {
  SessionMaker: 'makeSession',
  ScopedSession: 'scope',
  RolledBack: 'tests',
  MigrationContext: 'context',
  TypedSelect: 'select',
  TypedInsert: 'insert',
  TypedUpdate: 'update',
  TypedRemove: 'remove',
  TypedEntity: 'entity',
}

export interface Section {
  readonly title: string
  readonly entries: readonly Entry[]
}

export type Entry = string | Group

export interface Group {
  readonly title: string
  readonly members: string
  readonly about: string
}

function section(title: string, entries: readonly Entry[]): Section {
  return { title, entries }
}

function group(title: string, members: string, about: string): Group {
  return { title, members, about }
}
