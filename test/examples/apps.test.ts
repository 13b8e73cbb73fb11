// The examples with Express, Fastify and Nest: real servers and real requests, each with a session of its own.

import { setTimeout } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { InvalidRequestError } from '../../src/index.js'
import { databases } from '../helpers/databases.js'
import { root, run } from '../helpers/project.js'
import { testOn } from '../helpers/test-on.js'
import { apps } from './apps.js'
import { Given, Meeting } from './given.js'

const onServer = databases.filter(({ name }) => name === 'postgresql')
const onFile = databases.filter(({ name }) => name === 'better-sqlite3')

for (const row of [...onFile, ...onServer])
  for (const { name, start } of apps) {
    const served = (title: string, body: (t: ExecutionContext, x: Given) => Promise<void>) =>
      testOn(row, `${name}: ${title} [${row.name}]`, async (t) => {
        t.timeout(20_000)
        const x = await Given.over(t, row, start)
        await body(t, x)
        await x.allGivenBack(t, row)
      })

    served('rows that a request commits are visible when it is answered', async (t, x) => {
      const answer = await x.request('POST', '/users', { name: 'ada', email: 'a' })
      t.is(answer.status, 201)
      t.deepEqual(await answer.json(), { id: 1, name: 'ada' })
      t.like(await x.raw.profile.findFirst(), { bio: 'ada is new here', userId: 1 })
      const read = await x.request('GET', '/users')
      t.is(read.status, 200)
      t.deepEqual(await read.json(), [{ id: 1, name: 'ada' }])
      t.is(x.scopes.length, 2)
    })

    served('a request that fails leaves nothing behind, and the next one is served', async (t, x) => {
      await x.request('POST', '/users', { name: 'ada', email: 'a' })
      const people = ['b', 'c', 'a'].map((email) => ({ name: email, email }))
      t.is((await x.request('POST', '/users/import', people)).status, 500)
      t.deepEqual(await x.names(), ['ada'])
      t.is((await x.request('POST', '/users/import', people.slice(0, 2))).status, 204)
      t.deepEqual(await x.names(), ['ada', 'b', 'c'])
    })

    served('a savepoint is rolled back and the request continues', async (t, x) => {
      await x.request('POST', '/users', { name: 'ada', email: 'a' })
      const answer = await x.request('POST', '/users/1/invitations', ['b', 'a', 'c'])
      t.is(answer.status, 201)
      t.deepEqual(await answer.json(), ['b', 'c'])
      const invited = await x.raw.user.findMany({ where: { inviterId: 1 } })
      t.deepEqual(invited.map(({ email }) => email).sort(), ['b', 'c'])
    })

    // More than there are connections, and all of them have begun before the first goes on.
    served('concurrent requests have sessions of their own, which end separately', async (t, x) => {
      const meeting = new Meeting(12)
      const seen = new Set<object>()
      x.beforeTransaction = (session) => {
        seen.add(session)
        return meeting.join()
      }
      x.inTransaction = async (session) => {
        await setTimeout(1)
        t.is(x.app.scope.current(), session)
        await session.flush()
        t.is(session.identityMap.size, 2) // the request's own user and profile
      }
      const numbers = Array.from({ length: meeting.size }, (_, n) => n)
      const statuses = await Promise.all(
        numbers.map(async (n) => {
          const person = { name: `n${n}`, email: `e${n}` }
          const isTwice = n % 2 === 1
          const answer = await (isTwice
            ? x.request('POST', '/users/import', [person, person])
            : x.request('POST', '/users', person))
          if (!isTwice) t.like(await answer.json(), { name: person.name })
          return answer.status
        }),
      )
      t.deepEqual(
        statuses,
        numbers.map((n) => (n % 2 === 1 ? 500 : 201)),
      )
      t.is(seen.size, meeting.size)
      t.deepEqual((await x.names()).sort(), numbers.flatMap((n) => (n % 2 === 1 ? [] : [`n${n}`])).sort())
    })

    served('requests one after the other are served although every second one fails', async (t, x) => {
      await x.request('POST', '/users', { name: 'ada', email: 'a' })
      for (let n = 0; n < 8; n++) {
        const path = n % 2 === 0 ? '/users' : '/users/import'
        const answer = await x.request(n % 2 === 0 ? 'GET' : 'POST', path, n % 2 === 0 ? undefined : [{ email: 'a' }])
        t.is(answer.status, n % 2 === 0 ? 200 : 500)
        await answer.arrayBuffer()
      }
    })

    served('a client that disconnects ends the scope, and its transaction is rolled back', async (t, x) => {
      const begun = new Meeting(1)
      let refused: unknown
      x.inTransaction = async (session) => {
        await session.flush()
        begun.join()
        await x.allEnded()
        await Promise.resolve()
          .then(() => x.app.scope.session.user.count())
          .catch((error) => {
            refused = error
            throw error
          })
      }
      const leaving = new AbortController()
      const request = x.request('POST', '/users', { name: 'ada', email: 'a' }, leaving.signal)
      await begun.isFull
      leaving.abort()
      await t.throwsAsync(request, { any: true, name: 'AbortError' })
      await x.allGivenBack(t, row)
      t.true(refused instanceof InvalidRequestError)
      t.regex(String(refused), /the scope that this runs in has ended/)
      t.deepEqual(await x.names(), [])
    })

    served('a client that disconnects while its request waits for a connection ends the scope', async (t, x) => {
      const all = new Meeting(row.name === 'postgresql' ? 4 : 1)
      const left = new Meeting(1)
      const holding = Array.from({ length: all.size }, () =>
        x.client.$transaction(async (tx) => {
          await tx.user.count()
          await all.join()
          await left.isFull
        }),
      )
      await all.isFull
      const leaving = new AbortController()
      const requests = [1, 2, 3].map((n) => x.request('POST', '/users', { name: `user ${n}` }, leaving.signal))
      while (x.scopes.length < 3) await setTimeout(2)
      await setTimeout(20)
      leaving.abort()
      for (const request of requests) await t.throwsAsync(request, { any: true, name: 'AbortError' })
      await x.allEnded()
      left.join()
      await Promise.all(holding)
    })

    served('scopes that have read hold no connection until they end', async (t, x) => {
      const all = new Meeting(6) // more than there are connections
      const { scope } = x.app
      const read = () =>
        scope.run(async () => {
          const count = await scope.session.user.count()
          await all.join()
          return count
        })
      t.deepEqual(await Promise.all(Array.from({ length: all.size }, read)), [0, 0, 0, 0, 0, 0])
    })

    served('work after the response has no session, but may open a scope of its own', async (t, x) => {
      let late: Promise<unknown> = Promise.resolve()
      const { scope } = x.app
      x.inTransaction = (session) => {
        x.inTransaction = () => {}
        late = x.allEnded().then(async () => {
          t.throws(() => scope.session.user, { instanceOf: InvalidRequestError, message: /has ended/ })
          await t.throwsAsync(() => scope.transaction(() => t.fail()), { message: /has ended/ })
          await x.request('GET', '/users')
          t.throws(() => scope.session.user, { message: /has ended/ })
          return scope.run(async () => {
            t.not(scope.current(), session)
            return scope.session.user.count()
          })
        })
      }
      t.is((await x.request('POST', '/users', { name: 'ada', email: 'a' })).status, 201)
      t.is(await late, 1)
    })

    served('there is no session outside a request', async (t, x) => {
      const outside = { instanceOf: InvalidRequestError, message: /there is no current session here/ }
      t.throws(() => x.app.scope.session.user, outside)
      await x.request('GET', '/users')
      t.throws(() => x.app.scope.session.user, outside)
      t.throws(() => x.app.scope.current(), outside)
    })
  }

for (const row of onServer)
  for (const { name, start } of apps)
    testOn(row, `${name}: rows written by requiresNew remain when their request fails [${row.name}]`, async (t) => {
      const x = await Given.over(t, row, start)
      await x.request('POST', '/users/import', [
        { name: 'ada', email: 'a' },
        { name: 'bob', email: 'b' },
      ])
      t.is((await x.request('DELETE', '/users/2')).status, 204)
      t.is((await x.request('DELETE', '/users/1')).status, 500)
      t.deepEqual(await x.names(), ['ada'])
      const records = await x.raw.doc.findMany({ orderBy: { id: 'asc' } })
      t.deepEqual(
        records.map(({ body }) => body),
        ['somebody removes user 2', 'somebody removes user 1'],
      )
      await x.allGivenBack(t, row)
    })

for (const row of onFile)
  testOn(
    row,
    `requiresNew is refused on a single connection, and the request is rolled back [${row.name}]`,
    async (t) => {
      const x = await Given.over(t, row, (apps[0] as (typeof apps)[number]).start)
      const people = ['a', 'b'].map((name) => ({ name, email: name }))
      await x.request('POST', '/users/import', people)
      const answer = await x.request('DELETE', '/users/1')
      t.is(answer.status, 500)
      t.regex(await answer.text(), /holds the only\s+connection of its client/)
      t.deepEqual(await x.names(), ['a', 'b'])
      t.is(await x.raw.doc.count(), 0)
      await Promise.allSettled(x.scopes)
      x.scopes.length = 0
      await x.allGivenBack(t, row)
    },
  )

test('the Nest example type-checks', async (t) => {
  const { stdout } = await run(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, '-p', 'examples/nest'], {
    cwd: root,
  }).catch((error: { stdout: string }) => error)
  t.is(stdout, '')
})
