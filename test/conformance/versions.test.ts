// versionFields: the session counts versions, and refuses to write a row of another version.

import { inspect, StaleDataError, select } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

const versioned = { session: { versionFields: { Doc: 'version' } } }

/** A committed document of version 1. The session sets the version. */
async function committed(x: Context, body = 'first') {
  const doc = x.s.add('Doc', { body } as { body: string; version: number })
  await x.s.commit()
  return doc
}

behaviour(
  'an INSERT writes version 1, each UPDATE one more, and the object shows it at once',
  async (t, x) => {
    const doc = x.s.add('Doc', { body: 'first' } as { body: string; version: number })
    await x.s.flush()
    t.is(doc.version, 1)
    for (const version of [2, 3]) {
      doc.body = `body ${version}`
      await x.s.flush()
      x.clear()
      t.is(doc.version, version)
      t.deepEqual(x.ops(), [])
      t.false(x.s.isModified(doc))
    }
    await x.s.commit()
    t.like(await x.raw.doc.findFirstOrThrow(), { body: 'body 3', version: 3 })
  },
  versioned,
)

behaviour(
  'an object without a net change keeps its version',
  async (t, x) => {
    const doc = await committed(x)
    doc.body = 'second'
    doc.body = 'first'
    await x.s.commit()
    t.is(doc.version, 1)
    t.deepEqual(x.written(), ['INSERT Doc'])
  },
  versioned,
)

behaviour('a model that is not listed is not versioned', async (t, x) => {
  const doc = x.s.add('Doc', { body: 'first', version: 7 })
  await x.s.commit()
  doc.body = 'second'
  await x.s.commit()
  t.is(doc.version, 7)
  t.is((await x.raw.doc.findFirstOrThrow()).version, 7)
})

behaviour(
  'a rolled back UPDATE restores the version of the object',
  async (t, x) => {
    const doc = await committed(x)
    doc.body = 'second'
    await x.s.flush()
    t.is(doc.version, 2)
    await x.s.rollback()
    t.is(doc.version, 1)
    doc.body = 'third'
    await x.s.commit()
    t.like(await x.raw.doc.findFirstOrThrow(), { body: 'third', version: 2 })
  },
  versioned,
)

behaviour(
  'an update of a row with another version throws StaleDataError, rolls back, and can be retried after a refresh',
  async (t, x) => {
    const doc = await committed(x)
    await x.raw.doc.update({ where: { id: doc.id }, data: { version: 2, body: 'theirs' } })
    doc.body = 'mine'
    x.clear()
    const error = await refused(t, () => x.s.flush(), { instanceOf: StaleDataError })
    t.regex(error.message, /Doc/)
    t.is(x.wire().at(-1), 'ROLLBACK')
    t.false(x.s.isActive)
    await x.s.rollback()
    t.is((await x.raw.doc.findFirstOrThrow()).body, 'theirs')
    await x.s.refresh(doc)
    t.like(doc, { body: 'theirs', version: 2 })
    doc.body = 'mine'
    await x.s.commit()
    t.like(await x.raw.doc.findFirstOrThrow(), { body: 'mine', version: 3 })
  },
  versioned,
)

behaviour(
  'an update of a row that is gone throws StaleDataError and rolls back',
  async (t, x) => {
    const doc = await committed(x)
    await x.raw.doc.delete({ where: { id: doc.id } })
    doc.body = 'mine'
    await refused(t, () => x.s.flush(), { instanceOf: StaleDataError })
    t.is(x.wire().at(-1), 'ROLLBACK')
  },
  versioned,
)

behaviour(
  'a delete of a row with another version throws StaleDataError',
  async (t, x) => {
    const doc = await committed(x)
    await x.raw.doc.update({ where: { id: doc.id }, data: { version: 2 } })
    await x.s.delete(doc)
    await refused(t, () => x.s.flush(), { instanceOf: StaleDataError })
    await x.s.rollback()
    t.is(inspect(doc).state, 'persistent')
    t.is(await x.raw.doc.count(), 1)
  },
  versioned,
)

behaviour(
  'a delete of the version that was read succeeds',
  async (t, x) => {
    const doc = await committed(x)
    await x.s.delete(doc)
    await x.s.commit()
    t.is(await x.raw.doc.count(), 0)
  },
  versioned,
)

behaviour(
  'an UPDATE with a version set by hand compares the loaded version and writes the given one',
  async (t, x) => {
    const doc = await committed(x)
    doc.version = 10
    doc.body = 'by hand'
    await x.s.commit()
    t.is(doc.version, 10)
    t.like(await x.raw.doc.findFirstOrThrow(), { body: 'by hand', version: 10 })
    doc.body = 'next'
    await x.s.commit()
    t.is((await x.raw.doc.findFirstOrThrow()).version, 11)
  },
  versioned,
)

behaviour(
  'a version set by hand to the one the row has is still compared by the loaded one',
  async (t, x) => {
    const doc = await committed(x)
    await x.raw.doc.update({ where: { id: doc.id }, data: { version: 10 } })
    doc.version = 10
    doc.body = 'by hand'
    await refused(t, () => x.s.flush(), { instanceOf: StaleDataError })
  },
  versioned,
)

behaviour(
  'one stale row among many versioned rows fails the whole flush',
  async (t, x) => {
    const docs = x.s.addAll(
      'Doc',
      Array.from({ length: 10 }, (_, index) => ({ body: `body ${index}` }) as { body: string; version: number }),
    )
    await x.s.commit()
    await x.raw.doc.update({ where: { id: docs[6]?.id }, data: { version: 2 } })
    for (const doc of docs) doc.body = `changed ${doc.body}`
    const error = await refused(t, () => x.s.flush(), { instanceOf: StaleDataError })
    t.regex(error.message, /Doc.*\d.*\d/)
    await x.s.rollback()
    t.is(await x.raw.doc.count({ where: { body: { startsWith: 'changed' } } }), 0)
    t.deepEqual(
      docs.map((doc) => doc.version),
      Array(10).fill(1),
    )
  },
  versioned,
)

behaviour(
  'many rows with different versions are updated in one flush',
  async (t, x) => {
    const docs = x.s.addAll(
      'Doc',
      Array.from({ length: 5 }, (_, index) => ({ body: `body ${index}` }) as { body: string; version: number }),
    )
    await x.s.commit()
    for (const doc of docs.slice(2)) doc.body = 'once'
    await x.s.flush()
    for (const doc of docs) doc.body = 'again'
    x.clear()
    await x.s.commit()
    t.true(x.ops().length <= 5)
    t.deepEqual(
      docs.map((doc) => doc.version),
      [2, 2, 3, 3, 3],
    )
    t.deepEqual(
      (await x.raw.doc.findMany({ orderBy: { id: 'asc' } })).map((doc) => doc.version),
      [2, 2, 3, 3, 3],
    )
  },
  versioned,
)

behaviour(
  'a versioned row that is deleted and added again with its key is updated in the version it was read in',
  async (t, x) => {
    await x.raw.doc.create({ data: { id: 1, version: 5, body: 'old' } })
    const renew = async () => {
      await x.s.delete(await x.s.getOne('Doc', 1))
      return x.s.add('Doc', { id: 1, body: 'new' } as unknown as { version: number; body: string })
    }
    const fresh = await renew()
    x.clear()
    await x.s.flush()
    t.deepEqual(x.written(), ['UPDATE Doc'])
    t.is(fresh.version, 6)
    await x.s.commit()
    t.deepEqual(await x.raw.doc.findMany(), [{ id: 1, version: 6, body: 'new' }])
    const kept = await x.s.getOne('Doc', 1)
    await x.s.commit()
    await x.raw.doc.update({ where: { id: 1 }, data: { version: 7, body: 'theirs' } })
    await x.s.delete(kept)
    x.s.add('Doc', { id: 1, body: 'mine' } as unknown as { version: number; body: string })
    await refused(t, () => x.s.flush(), { instanceOf: StaleDataError })
  },
  { session: { versionFields: { Doc: 'version' } } },
)

for (const load of ['get', 'a query', 'getMany'] as const)
  behaviour(
    `a changed object that ${load} reads again keeps the version that its change was made on`,
    async (t, x) => {
      const { id } = await x.raw.doc.create({ data: { version: 1, body: 'a' } })
      const doc = await x.s.getOne('Doc', id)
      await x.s.commit()
      await x.raw.doc.update({ where: { id }, data: { version: 2, body: 'theirs' } })
      doc.body = 'mine'
      await x.s.noAutoflush(async () => {
        if (load === 'get') await x.s.get('Doc', id)
        else if (load === 'a query') (await x.s.scalars(select('Doc'))).all()
        else await x.s.getMany('Doc', [id])
      })
      t.is(doc.body, 'mine')
      await refused(t, () => x.s.commit(), { instanceOf: StaleDataError })
      await x.s.rollback()
      t.like(await x.raw.doc.findUnique({ where: { id } }), { version: 2, body: 'theirs' })
    },
    { ...versioned, modes: ['async'] },
  )
