import type { BatchOptions, Entity, MigrationContext, SyncMigrationContext } from '../../src/types/index.js'
import type { C } from './clients.ts'
import { type Equal, type Expect, expectType } from './equal.ts'

type User = Entity<C, 'User'>

export async function up({ batch, log, progress, signal, args }: MigrationContext<C>) {
  for await (const users of batch('User', {
    where: { name: { startsWith: 'a' } },
    include: { posts: true },
    size: 10,
  })) {
    expectType<User[]>()(users)
    for (const user of users) user.name = user.name.trim()
  }
  log('a', 1, { b: 2 })
  progress(1)
  progress(1, 2)
  expectType<boolean>()(signal.aborted)
  expectType<readonly string[]>()(args)
}

export function upInStep({ batch }: SyncMigrationContext<C>) {
  for (const users of batch('User')) expectType<User[]>()(users)
  // @ts-expect-error: there is no promise to wait for
  const { [Symbol.asyncIterator]: none } = batch('User')
  return none
}

// biome-ignore lint/suspicious/noExplicitAny: a script that does not name its client
export async function untyped({ batch }: MigrationContext<any>) {
  for await (const rows of batch('Whatever', { where: { any: 1 } })) for (const row of rows) row.anything = 1
}

export type Options = Expect<[Equal<BatchOptions<C, 'User'>['size'], number | undefined>]>
