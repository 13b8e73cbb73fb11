import type { Entity, Key, PrimaryKey } from '../../src/types/index.js'
import { type C, createSession, extended, prisma } from './clients.ts'
import { type Any, type Equal, type Expect, expectType, type Fits, type Refuse } from './equal.ts'

export type Keys = Expect<
  [
    Equal<Key<C, 'User'>, number | { id: number } | { email: string }>,
    Equal<Key<C, 'Code'>, string | { code: string }>,
    Equal<Key<C, 'Everything'>, number | bigint | { id: number | bigint }>,
    Fits<readonly [number, number], Key<C, 'Pair'>>,
    Fits<{ x: number; y: number }, Key<C, 'Pair'>>,
    Fits<{ x_y: { x: number; y: number } }, Key<C, 'Pair'>>,
    Equal<Key<Any, 'User'>, Any>,
    Equal<PrimaryKey<C, 'User'>, number | { id: number }>,
    Fits<readonly [number, number], PrimaryKey<C, 'Pair'>>,
    Fits<string, PrimaryKey<C, 'Code'>>,
    Equal<PrimaryKey<Any, 'User'>, Any>,
  ]
>

export type NoKeys = Refuse<
  [
    Fits<string, Key<C, 'User'>>,
    Fits<readonly [number], Key<C, 'Pair'>>,
    Fits<readonly [number, string], Key<C, 'Pair'>>,
    Fits<{ x: number }, Key<C, 'Pair'>>,
    Fits<number, Key<C, 'Pair'>>,
    Fits<null, Key<C, 'User'>>,
  ]
>

// The order of `[a, b]` is that of the name, underscores in the names of fields notwithstanding.
type Named = Key<
  {
    rent: {
      [key: symbol]: {
        types: {
          payload: {
            name: 'Rent'
            scalars: { from: Date; to_unit: string; unit: number }
            objects: Record<never, never>
            composites: Record<never, never>
          }
          operations: {
            findUnique: {
              args: {
                where: { to_unit_from?: never; to_unit_unit_from: { unit: number; from: Date; to_unit: string } }
              }
            }
          }
          fields: Record<never, never>
        }
      }
    }
  },
  'Rent'
>
export type Orders = Expect<[Equal<Extract<Named, readonly unknown[]>, readonly [string, number, Date]>]>

const session = createSession(prisma)
expectType<Promise<Entity<C, 'User'> | null>>()(session.get('User', 1))
expectType<Promise<Entity<C, 'User'>>>()(session.getOne('User', { email: 'a' }))
expectType<Promise<(Entity<C, 'Pair'> | null)[]>>()(
  session.getMany('Pair', [[1, 2], { x: 1, y: 2 }, { x_y: { x: 1, y: 2 } }]),
)
session.get('User', 1, { include: { posts: { include: { tags: true } } }, withForUpdate: { nowait: true } })
createSession(extended).get('Pair', [1, 2])

// @ts-expect-error no such model
session.get('Usr', 1)
// @ts-expect-error the key is a number
session.get('User', 'a')
// @ts-expect-error another unique is not the primary key
session.ref('User', { email: 'a' })
// @ts-expect-error name is not unique
session.get('User', { name: 'a' })
// @ts-expect-error one part is missing
session.get('Pair', [1])
// @ts-expect-error one part is missing
session.get('Pair', { x: 1 })
// @ts-expect-error a composite key is no scalar
session.get('Pair', 1)
// @ts-expect-error no such relation
session.get('User', 1, { include: { psots: true } })
// @ts-expect-error no such option
session.get('User', 1, { lock: true })
// @ts-expect-error keys of another model
session.getMany('User', [[1, 2]])
