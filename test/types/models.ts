import type { Prisma, User as UserRow } from '../../generated/test/client.ts'
import type { Entity, FindManyArgs, ModelName, Rows } from '../../src/types/index.js'
import type { C, clash, clashJs, Extended, InTransaction } from './clients.ts'
import type { Any, Equal, Expect, Fits, Flat, Refuse } from './equal.ts'

type Models = Prisma.ModelName
type ClashModels = 'Session' | 'Transaction' | 'Line' | 'Query' | 'Info' | 'Total' | 'LineText'
type User = Entity<C, 'User'>
type Post = Entity<C, 'Post'>

export type Names = Expect<
  [
    Equal<ModelName<C>, Models>,
    Equal<ModelName<typeof clash>, ClashModels>,
    Equal<ModelName<typeof clashJs>, ClashModels>,
    Equal<ModelName<Extended>, Models>,
    Equal<ModelName<InTransaction>, Models>,
    Equal<ModelName<Any>, string>,
  ]
>

export type Entities = Expect<
  [
    Equal<Flat<Omit<User, 'posts' | 'items' | 'profile' | 'invited' | 'inviter'>>, Flat<UserRow>>,
    // to-many: an array; to-one: null where the schema allows it; absent unless loaded
    Equal<User['posts'], Post[] | undefined>,
    Equal<Post['author'], User | null | undefined>,
    Equal<Entity<C, 'Item'>['owner'], User | undefined>,
    Equal<User['invited'], User[] | undefined>,
    Equal<keyof Entity<typeof clash, 'Line'>, 'id' | 'text' | 'transactionId' | 'transaction'>,
    Equal<keyof Entity<typeof clashJs, 'Line'>, 'id' | 'text' | 'transactionId' | 'transaction'>,
    Equal<Entity<InTransaction, 'User'>['name'], string>,
    Equal<Entity<C, 'Everything'>['mood'], 'HAPPY' | 'SAD' | null>,
    // what Prisma returns is an entity
    Fits<Prisma.UserGetPayload<{ include: { posts: { include: { tags: true } } } }>, User>,
    Fits<UserRow, User>,
    Equal<Entity<Any, 'User'>, Any>,
  ]
>

export type NotEntities = Refuse<[Fits<{ id: number; name: string }, User>, Fits<{ posts: UserRow[] } & UserRow, User>]>

type Loud = Entity<Extended, 'User'>

// a result extension's field is there, read-only, in related entities too
export type ComputedFields = Expect<
  [
    Equal<Loud['loud'], string>,
    Equal<Pick<Loud, 'loud'>, { readonly loud: string }>,
    Equal<Pick<Loud, 'name'>, { name: string }>,
    Equal<NonNullable<Entity<Extended, 'Post'>['author']>['loud'], string>,
  ]
>

export type Arguments = Expect<
  [
    Equal<FindManyArgs<C, 'User'>, Prisma.UserFindManyArgs>,
    Fits<{ orderBy: { id: 'desc' }; take: 10 }, FindManyArgs<typeof clashJs, 'Line'>>,
  ]
>

export type Results = Expect<
  [
    Equal<Rows<C, 'User', { where: { id: 1 } }>, User[]>,
    Equal<
      Rows<C, 'User', { select: { name: true; posts: { select: { title: true } } } }>,
      { name: string; posts: { title: string }[] }[]
    >,
    Equal<Rows<C, 'User', { include: { posts: true } }>[number]['posts'], Post[]>,
    Equal<Rows<C, 'User', { include: { posts: false } }>[number]['posts'], Post[] | undefined>,
    Equal<
      Rows<C, 'User', { include: { posts: { include: { tags: true } } } }>[number]['posts'][number]['tags'],
      Entity<C, 'Tag'>[]
    >,
    Equal<Rows<C, 'Post', { include: { author: true } }>[number]['author'], User | null>,
  ]
>
