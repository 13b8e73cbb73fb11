// prisma.$extends(sessions()) adds $session().
import { ArgumentError, PrismaSessionProxy, sessions } from '../../src/index.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

for (const row of databases.filter(({ name }) => name === 'better-sqlite3')) {
  testOn(row, 'a client extended with sessions() creates sessions over itself', async (t) => {
    const database = await row.create('test')
    const client = database.connect()
    const prisma = client
      .$extends(sessions({ autobegin: false, expireOnCommit: false }))
      .$extends({ result: { user: { shout: { needs: { name: true }, compute: (user) => user.name.toUpperCase() } } } })
    const session = prisma.$session()
    t.true(session instanceof PrismaSessionProxy)
    await t.throwsAsync(() => session.get('User', 1), { message: /autobegin is off/ }) // the options of sessions()
    await session.begin()
    const ada = session.add('User', { name: 'ada' })
    await session.commit()
    t.is((await session.user.findFirstOrThrow()).shout, 'ADA')
    await session.close()

    await using another = prisma.$session({ autobegin: true })
    t.is((await another.getOne('User', ada.id)).shout, 'ADA') // options of its own go over them
    t.false(another.equals(session))
    t.true(another.explain().every(({ way }) => way === 'set-based')) // it adds no query hook
    another.add('User', { name: 'bob' })
    t.deepEqual(
      another.explain().map(({ way }) => way),
      ['set-based'],
    )
    t.true(another.$session().equals(another)) // a session's own is itself
    t.throws(() => prisma.$session({ autoBegin: false } as never), { instanceOf: ArgumentError })
    await another.close()

    const inside = await prisma.$transaction(async (tx) => {
      const joined = tx.$session({ autobegin: true })
      joined.add('User', { name: 'eve' })
      await joined.commit()
      return tx.user.count()
    })
    t.is(inside, 2)
    await database.release(client)
    await database.drop()
  })
}
