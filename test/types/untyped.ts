// A session whose client is `any`: everything goes, nothing is known; and one whose client is a type parameter.
import type { AsyncSession, ModelName, NewEntity, Rows, Session, SyncSession } from '../../src/types/index.js'
import { createSession, open } from './clients.ts'
import { type Any, type Equal, type Expect, expectType } from './equal.ts'

declare const either: Session<Any>
declare const session: AsyncSession<Any>
declare const blocking: SyncSession<Any>

export type Unknowns = Expect<
  [Equal<ModelName<Any>, string>, Equal<Rows<Any, 'User', { select: { name: true } }>, Any[]>]
>
export const data: NewEntity<Any, 'User'> = { name: 'a', posts: [{ title: 'b' }] }

export async function untyped(client: Any) {
  expectType<Any>()(either.add('User', { name: 'a', posts: [{ title: 'b' }] }))
  expectType<Any>()(await either.get('User', 1))
  await either.merge('User', { id: 1 })
  await either.user.findMany({ take: 1 })
  await either.transaction((inside) => inside.add('User', { name: 'a' }))
  expectType<Promise<void>>()(session.commit())
  await session.user.findMany({ take: 1 })
  await session.delegate('User').findMany()
  expectType<void>()(blocking.commit())
  expectType<Any[]>()(blocking.query('User').filter({ name: 'a' }).all())
  createSession(client).commit()
}

// for any client: the verbs that name no model
export async function saveAll<C>(session: Session<C>, objects: object[]) {
  session.addAll(objects)
  await session.flush()
  await session.transaction(async (inside) => await inside.delete(objects))
  return session.new.size
}
saveAll(open, [])
