// Errors of refused rows are those of Prisma's own operations: class, code, model and cause.
import type { ExecutionContext } from 'ava'
import { bothWays, type Told, type WideSession } from '../helpers/both-ways.js'
import { isFile } from '../helpers/clients.js'
import { type DatabaseName, databases } from '../helpers/databases.js'
import { quotedFor } from '../helpers/sql.js'
import { testOn } from '../helpers/test-on.js'

type Values = Record<string, unknown>

interface Refusal {
  /** What the row is, or becomes, that is refused. */
  readonly bad: Values
  readonly model: 'Parent' | 'Child'
  readonly how: 'insert' | 'update' | 'delete'
  readonly code: string | undefined
  /** What Prisma makes of it on SQLite. */
  readonly onFile?: string
  readonly name?: string
  readonly on?: readonly DatabaseName[]
}

const servers: readonly DatabaseName[] = ['postgresql', 'mariadb']

/** Beside these each database holds one parent and its child. */
const refusals: Readonly<Record<string, Refusal>> = {
  'a new row with a key that is taken': { model: 'Parent', how: 'insert', bad: { code: 'parent' }, code: 'P2002' },
  'a new row with a key of three columns that is taken': {
    model: 'Child',
    how: 'insert',
    bad: child(1),
    code: 'P2002',
  },
  'a new row with a unique value that is taken': {
    model: 'Parent',
    how: 'insert',
    bad: { email: 'parent@x' },
    code: 'P2002',
  },
  'a change to a unique value that is taken': {
    model: 'Parent',
    how: 'update',
    bad: { email: 'parent@x' },
    code: 'P2002',
  },
  'a new row with a unique pair that is taken': {
    model: 'Child',
    how: 'insert',
    bad: { label: 'it', rev: 1 },
    code: 'P2002',
  },
  'a change to a unique pair that is taken': {
    model: 'Child',
    how: 'update',
    bad: { label: 'it', rev: 1 },
    code: 'P2002',
  },
  'a new row with a foreign key without a parent': {
    model: 'Child',
    how: 'insert',
    bad: { owner: 'nobody' },
    code: 'P2003',
  },
  'a change to a foreign key without a parent': {
    model: 'Child',
    how: 'update',
    bad: { owner: 'nobody' },
    code: 'P2003',
  },
  'a delete of a row that others refer to': { model: 'Parent', how: 'delete', bad: { code: 'parent' }, code: 'P2003' },
  'a new row with null in a required column': { model: 'Parent', how: 'insert', bad: { must: null }, code: 'P2011' },
  'a change to null in a required column': {
    model: 'Parent',
    how: 'update',
    bad: { must: null },
    code: 'P2011',
  },
  'a new row that a CHECK refuses': { model: 'Parent', how: 'insert', bad: { positive: -1 }, code: 'P2039' },
  'a change that a CHECK refuses': { model: 'Parent', how: 'update', bad: { positive: -1 }, code: 'P2039' },
  'a change that a trigger refuses': {
    model: 'Child',
    how: 'update',
    bad: { rev: 13 },
    code: 'P2039',
    onFile: 'P2003',
  },
  'a new row with a text that is too long': {
    model: 'Parent',
    how: 'insert',
    bad: { short: 'far too long' },
    code: 'P2000',
    on: servers,
  },
  'a change to a text that is too long': {
    model: 'Parent',
    how: 'update',
    bad: { short: 'far too long' },
    code: 'P2000',
    on: servers,
  },
  'a new row with a fraction out of range': {
    model: 'Parent',
    how: 'insert',
    bad: { money: '1000' },
    code: 'P2020',
    on: servers,
  },
  'a change to a number out of range': {
    model: 'Parent',
    how: 'update',
    bad: { small: 99_999 },
    code: 'P2020',
    on: servers,
  },
  'a new row with a value of another type': {
    model: 'Parent',
    how: 'insert',
    bad: { positive: 'one' },
    code: undefined,
    name: 'PrismaClientValidationError',
  },
  'a change to a value of another type': {
    model: 'Child',
    how: 'update',
    bad: { rev: 'one' },
    code: undefined,
    name: 'PrismaClientValidationError',
  },
}

for (const database of databases) {
  for (const [what, refusal] of Object.entries(refusals)) {
    if (refusal.on && !refusal.on.includes(database.name)) continue
    for (const rows of [1, 3])
      testOn(
        database,
        `${what} causes Prisma's error, ${rows === 1 ? 'by itself' : 'among others'} [${database.name}]`,
        async (t) => {
          const { rowSets, prisma } = await bothWays(database, (session) => refused(session, refusal, rows), {
            prepare: stricter(database.name),
          })
          t.deepEqual(rowSets.error, prisma.error)
          t.deepEqual(rowSets.tables, prisma.tables)
          expected(t, rowSets.error, database.name, refusal)
        },
      )
  }

  for (const how of ['update', 'delete'] as const) {
    testOn(
      database,
      `rows missing before their ${how} cause the same result as with Prisma's operations [${database.name}]`,
      async (t) => {
        const { rowSets, prisma } = await bothWays(database, async (session, raw) => {
          const parents = Array.from({ length: 3 }, (_, index) =>
            session.add('Parent', { code: `p${index}`, must: '' }),
          )
          await session.commit()
          await raw.$executeRawUnsafe(quotedFor(database.name, `DELETE FROM "Parent" WHERE "code" = 'p1'`))
          for (const [index, parent] of parents.entries()) {
            if (how === 'update') parent.must = `must ${index}`
            else await session.delete(parent)
          }
          await session.flush()
          await session.commit()
        })
        t.deepEqual(rowSets.error, prisma.error)
        t.is(rowSets.error?.name, how === 'update' ? 'StaleDataError' : undefined)
        t.deepEqual(rowSets.tables, prisma.tables)
      },
    )
  }

  testOn(database, `a missing table and a missing column cause Prisma's error [${database.name}]`, async (t) => {
    for (const [away, back, code] of [
      ['ALTER TABLE "Parent" RENAME TO "Gone"', 'ALTER TABLE "Gone" RENAME TO "Parent"', 'P2021'],
      [
        'ALTER TABLE "Parent" RENAME COLUMN "must" TO "gone"',
        'ALTER TABLE "Parent" RENAME COLUMN "gone" TO "must"',
        'P2022',
      ],
    ] as const) {
      const { rowSets, prisma } = await bothWays(database, async (session, raw) => {
        await raw.$executeRawUnsafe(quotedFor(database.name, away))
        try {
          session.add('Parent', { code: 'a', must: 'a' })
          await session.flush()
        } finally {
          await session.rollback()
          await raw.$executeRawUnsafe(quotedFor(database.name, back))
        }
      })
      t.deepEqual(rowSets.error, prisma.error)
      t.is(rowSets.error?.code, database.name === 'libsql' && code === 'P2021' ? 'P2039' : code) // as that adapter tells it
    }
  })
}

async function refused(session: WideSession, { model, how, bad }: Refusal, count: number): Promise<void> {
  const parent = session.add('Parent', { code: 'parent', email: 'parent@x', must: 'a' })
  session.add('Child', { ...child(1), owner: 'parent', label: 'it', rev: 1 })
  const rows = Array.from({ length: count }, (_, index) =>
    how === 'insert' ? null : session.add(model, good(model, index)),
  )
  await session.commit()
  for (const [index, row] of rows.entries()) {
    const values = index === count - 1 ? bad : {}
    if (row === null) session.add(model, { ...good(model, index), ...values })
    else if (how === 'update')
      Object.assign(row, model === 'Parent' ? { email: `${index}@y` } : { label: `label ${index}` }, values)
    else await session.delete(row)
  }
  if (how === 'delete') await session.delete(parent)
  await session.flush()
}

function good(model: Refusal['model'], index: number): Values {
  if (model === 'Child') return { ...child(index + 2), label: 'other', rev: index + 2 }
  return { code: `code ${index}`, email: `${index}@x`, must: 'a' }
}

function child(number: number): Values {
  return { a: number, b: 'b', at: new Date(0) }
}

function expected(
  t: ExecutionContext,
  error: Told | null,
  database: DatabaseName,
  { code, onFile, name, model }: Refusal,
): void {
  t.is(error?.code, (isFile(database) && onFile) || code)
  if (name) t.is(error?.name, name)
  else t.is(error?.modelName, model)
}

/** More than the schema says. */
function stricter(name: DatabaseName): readonly string[] {
  if (isFile(name))
    return [
      'DROP TABLE "Parent"',
      'CREATE TABLE "Parent" ("code" TEXT NOT NULL PRIMARY KEY, "e mail" TEXT UNIQUE, "must" TEXT NOT NULL, "positive" INTEGER CHECK ("positive" > 0))',
      `CREATE TRIGGER "thirteen" BEFORE UPDATE ON "Child" WHEN NEW."rev" = 13 BEGIN SELECT RAISE(ABORT, 'thirteen'); END`,
    ]
  if (name === 'postgresql')
    return [
      'ALTER TABLE "Parent" ALTER "must" SET NOT NULL, DROP CONSTRAINT IF EXISTS "positive", ADD CONSTRAINT "positive" CHECK ("positive" > 0)',
      `CREATE OR REPLACE FUNCTION thirteen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW."rev" = 13 THEN RAISE 'thirteen'; END IF; RETURN NEW; END $$`,
      'CREATE OR REPLACE TRIGGER "thirteen" BEFORE UPDATE ON "odd schema; --"."Child" FOR EACH ROW EXECUTE FUNCTION thirteen()',
    ]
  return [
    'ALTER TABLE `Parent` MODIFY `must` VARCHAR(191) NOT NULL, DROP CONSTRAINT IF EXISTS `positive`',
    'ALTER TABLE `Parent` ADD CONSTRAINT `positive` CHECK (`positive` > 0)',
    "CREATE OR REPLACE TRIGGER `thirteen` BEFORE UPDATE ON `Child` FOR EACH ROW BEGIN IF NEW.`rev` = 13 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'thirteen'; END IF; END",
  ]
}
