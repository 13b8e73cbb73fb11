import { makeRollbackEach } from './current/rollback-each.js'
import { makeScopedSession } from './current/scoped-session.js'
import { matrix as decisions } from './matrix/decide.js'
import { makeSession } from './proxy/create-session.js'
import { unitOf } from './proxy/reflection.js'
import { makeSessionMaker } from './proxy/session-maker.js'
import { sessionsExtension } from './proxy/sessions-extension.js'
import {
  markModified as flagModified,
  inspect as inspectObject,
  makeTransientToDetached as toDetached,
} from './session/objects/inspect.js'
import { markEntity } from './session/objects/mark.js'
import * as statement from './session/statements/statements.js'
import { makeTransient as toTransient } from './session/verbs/remove.js'
import type {
  CreateSession,
  Insert,
  Inspect,
  MakeScopedSession,
  MakeSessionMaker,
  MakeStatements,
  MakeTransient,
  MakeTransientToDetached,
  MarkEntity,
  MarkModified,
  Matrix,
  PrismaSessionProxyConstructor,
  Remove,
  RollbackEach,
  Select,
  SessionsExtension,
  Update,
} from './types/index.js'

export * from './errors.js'
export type * from './types/index.js'

export const createSession = makeSession as CreateSession
export const sessionMaker = makeSessionMaker as unknown as MakeSessionMaker
export const sessions = sessionsExtension as SessionsExtension
export const scopedSession = makeScopedSession as unknown as MakeScopedSession
export const rollbackEach = makeRollbackEach as RollbackEach
export const entity = markEntity as MarkEntity
export const inspect = inspectObject as unknown as Inspect
export const markModified = flagModified as MarkModified
export const makeTransient = toTransient as MakeTransient
export const makeTransientToDetached = toDetached as MakeTransientToDetached
export const select = statement.select as unknown as Select
export const insert = statement.insert as unknown as Insert
export const update = statement.update as unknown as Update
export const remove = statement.remove as unknown as Remove
export const statements = (() => ({ select, insert, update, remove, entity })) as unknown as MakeStatements
export const matrix: Matrix = decisions

export const PrismaSessionProxy = class PrismaSessionProxy {
  constructor(client: unknown, options?: unknown) {
    // biome-ignore lint/correctness/noConstructorReturn: the proxy is the instance
    return makeSession(client, options)
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return unitOf(value) !== undefined
  }
} as unknown as PrismaSessionProxyConstructor
