// What a program can see of a session that it takes for its client.
import { createSession } from '../../src/index.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

for (const row of databases.filter(({ name }) => name === 'better-sqlite3'))
  testOn(row, '$on gives the session, as on a client it gives the client', async (t) => {
    const database = await row.create('test')
    const client = database.connect()
    await using session = createSession(client)
    const listening = session as unknown as { $on(event: 'query', listener: () => void): unknown }
    const seen: unknown[] = []
    t.is(
      listening.$on('query', () => seen.push(1)),
      session,
    )
    await session.user.count()
    t.true(seen.length > 0)
    await session.rollback()
    await database.release(client)
    await database.drop()
  })
