import { type Entity, entity, inspect, type ModelName } from '../../src/index.js'
import type { PrismaClient } from './clients.js'
import type { Context } from './conformance.js'

/** A transient instance. */
export function mk<M extends ModelName<PrismaClient>>(model: M, data: object): Entity<PrismaClient, M> {
  return entity(model, data) as Entity<PrismaClient, M>
}

/** A persistent user whose row is committed. Only for a session with no transaction open: SQLite has one writer. */
export async function persistent(x: Context, data: UserData = {}): Promise<Entity<PrismaClient, 'User'>> {
  const [user] = await persistentAll(x, data)
  return user as Entity<PrismaClient, 'User'>
}

/** The same, several. */
export async function persistentAll(x: Context, ...data: UserData[]): Promise<Entity<PrismaClient, 'User'>[]> {
  if (x.s.inTransaction()) throw new Error('prepare the rows before the session begins')
  const rows = []
  for (const values of data) rows.push(await x.raw.user.create({ data: { name: 'ada', ...values } }))
  const users = []
  for (const { id } of rows) users.push(await x.s.getOne('User', id))
  return users
}

interface UserData {
  id?: number
  name?: string
  email?: string
}

/** The object's state in a word: those of `inspect()`, 'marked' when scheduled for deletion, 'gone' when its row was deleted. */
export function stateOf(x: Context, object: object): string {
  const { state, wasDeleted } = inspect(object)
  if (state === 'persistent' && x.s.deleted.has(object)) return 'marked'
  if (state === 'detached' && wasDeleted) return 'gone'
  return state
}
