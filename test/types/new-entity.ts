import type { Prisma } from '../../generated/test/client.ts'
import type { Entity, NewEntity } from '../../src/types/index.js'
import { type C, createSession, extended, prisma } from './clients.ts'
import { type Equal, type Expect, expectType, type Fits } from './equal.ts'

const session = createSession(prisma)

// the data of add: fields, objects, foreign keys
const ada = session.add('User', { name: 'Ada', email: null })
expectType<Entity<C, 'User'>>()(ada)
expectType<number>()(ada.id)
ada.name = 'Ada L.'

const post = session.add('Post', { title: 'Notes', author: ada, tags: [{ label: 'maths' }] })
expectType<Entity<C, 'User'> | null>()(post.author)
expectType<Entity<C, 'Tag'>[]>()(post.tags)
post.author = null
post.tags.push(session.add('Tag', { label: 'history' }))

session.add('Post', { title: 'Notes', authorId: ada.id })
session.add('Post', { title: 'Notes', author: { name: 'new', posts: [{ title: 'more' }, post] } })
session.add('User', { name: 'a', inviter: ada, invited: [{ name: 'b' }] })

// a required relation: by object or by foreign key, in its own way each; implied in the data of the other side
session.add('Item', { owner: ada })
session.add('Item', { ownerId: 1 })
session.add('User', { name: 'a', items: [{ label: 'x' }] })
session.add('Hen', { egg: { hen: { eggId: 1 } } })
// @ts-expect-error neither owner nor ownerId
session.add('Item', { label: 'x' })
// @ts-expect-error neither egg nor eggId
session.add('Hen', { laid: [] })
// @ts-expect-error the inner egg has no hen
session.add('Hen', { egg: { hen: { egg: {} } } })

// what Prisma's create input takes for a scalar
session.add('Everything', { id: 1, decimal: '1.5', at: '2020-01-01', json: { set: 1 }, mood: 'HAPPY' })
session.add('Everything', { id: 1n, decimal: null, at: new Date(), bytes: new Uint8Array() })

// a literal in the data does not narrow the entity
const made = session.add('Made', { flag: true, mood: 'SAD' })
made.flag = false
made.mood = 'HAPPY'

// @ts-expect-error no such model
session.add('Usr', { name: 'a' })
// @ts-expect-error no such field
session.add('User', { name: 'a', nmae: 'a' })
// @ts-expect-error name is required
session.add('User', { email: 'a' })
// @ts-expect-error name is text
session.add('User', { name: 1 })
// @ts-expect-error objects, not nested writes
session.add('Post', { title: 'a', author: { connect: { id: 1 } } })
// @ts-expect-error objects, not nested writes
session.add('Post', { title: 'a', author: { create: { name: 'a' } } })
// @ts-expect-error an array, not nested writes
session.add('User', { name: 'a', posts: { create: [{ title: 'a' }] } })
// @ts-expect-error objects, not nested writes, where nothing else is required either
session.add('A', { b: { connect: { id: 1 } } })
// @ts-expect-error no such field, further in
session.add('User', { name: 'a', posts: [{ title: 'a', titel: 'b' }] })
// @ts-expect-error a user is no tag
session.add('Post', { title: 'a', tags: [ada] })
// @ts-expect-error an item has an owner
session.add('Item', { owner: null })

expectType<Entity<C, 'Tag'>[]>()(session.addAll('Tag', [{ label: 'a' }, { label: 'b' }]))
// @ts-expect-error the second has no label
session.addAll('Tag', [{ label: 'a' }, {}])
const marked = { id: 1 }
expectType<{ id: number }>()(session.add(marked))
expectType<{ id: number }[]>()(session.addAll([marked]))

// a relation that may be missing from the data may be missing from the entity
declare const draft: { title: string; author?: Entity<C, 'User'> }
expectType<Entity<C, 'User'> | null | undefined>()(session.add('Post', draft).author)

// an extended client's computed fields are no data
const loud = createSession(extended)
expectType<string>()(loud.add('User', { name: 'a' }).loud)
// @ts-expect-error computed
loud.add('User', { name: 'a', loud: 'A' })
// @ts-expect-error read-only
loud.add('User', { name: 'a' }).loud = 'A'

export type Data = Expect<
  [
    Fits<
      Prisma.UserUncheckedCreateInput & { posts: undefined; items: undefined; profile: undefined; invited: undefined },
      NewEntity<C, 'User'>
    >,
    Fits<Entity<C, 'User'>, NewEntity<C, 'User'>>,
    Fits<Entity<C, 'Item'>, NewEntity<C, 'Item'>>,
    Equal<keyof NewEntity<C, 'Tag'>, 'id' | 'label' | 'posts'>,
    Equal<NewEntity<C, 'Tag'>['label'], string>,
  ]
>
