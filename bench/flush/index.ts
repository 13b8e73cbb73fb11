/**
 * What a flush costs beside SQL written by hand, Prisma's own operations, and other mappers with a unit of work. The unit
 * of work is all of it, loading and changing included; its flush is what writes, and that is what the bar of SQL by hand
 * is for, on both sides.
 *
 * Where the time goes, by --cpu-prof, of 1000 users and a post of each on better-sqlite3 (some 7 ms, 3.2 by hand): the
 * same two statements as by hand; then, each about a quarter of the rest, the plan (relations, order, rows), what is known
 * afterwards (keys and defaults onto the objects, the identity map, relations), garbage collection, and the rest (JSON,
 * matching rows to objects). A row takes some two microseconds more than by hand, on every database; where a server does
 * its part meanwhile, that is the lesser half. What mattered: no copy of what nobody else has (the rows that come back are
 * the objects' baselines), no look at relations that are not there, sorting keys without iterators, no list that is copied
 * to add one, an array or a Map only for those that need one. On PostgreSQL one
 * record set of the table's row type takes two thirds of the time of two. To send back only those rows of an UPDATE that a
 * trigger has changed made no difference.
 *
 * Of one row on better-sqlite3 (some 80 µs, Prisma's create 60): Prisma's raw call 52, the queue and promises 7, planning
 * and settling 7 by themselves (hot, in a loop) and some 20 as they are met, cold, after Prisma's own code. VALUES instead
 * of a row set saves 4 µs there and 22 on PostgreSQL.
 */
import { absent } from '../../test/helpers/absent.js'
import type { PrismaClient } from '../../test/helpers/clients.js'
import { databases, dropDatabases } from '../../test/helpers/databases.js'
import type { Spread } from '../pairs.ts'
import { milliseconds, print } from '../print.ts'
import { byHand } from './by-hand.ts'
import { writeChart } from './chart.ts'
import { oneRow } from './one-row.ts'
import { type Orm, startOrms } from './orms.ts'
import { rows, type UnitOfWork, unitsOfWork } from './units.ts'
import { type Measured, measureWays, type Way } from './ways.ts'

export async function flushes(rounds = 11): Promise<void> {
  for (const name of ['better-sqlite3', 'postgresql'] as const) {
    if (absent.has(name)) continue
    const row = databases.find((each) => each.name === name) as (typeof databases)[number]
    const database = await row.create('test')
    const client = database.connect()
    await fill(client, name === 'postgresql')
    const orms = name === 'postgresql' ? await startOrms(database.url) : null
    const charted: [title: string, times: Record<string, number>][] = []
    for (const [kind, unit] of Object.entries(unitsOfWork(client, byHand[name]))) {
      const measured = await measureWays(waysOf(kind, unit, orms), rounds, () => vacuum(client, name === 'postgresql'))
      report(`${unit.name} (${name})`, kind, measured, name === 'postgresql')
      charted.push([
        unit.name,
        Object.fromEntries(
          Object.entries(measured).map(
            ([
              way,
              {
                unit: { median },
              },
            ]) => [way, median],
          ),
        ),
      ])
    }
    await oneRow(client, name)
    for (const orm of Object.values(orms ?? {})) orm.stop()
    if (orms) writeChart(charted)
    await database.release(client)
    await database.drop()
  }
  await dropDatabases()
}

function waysOf(kind: string, unit: UnitOfWork, orms: Record<string, Orm> | null): Record<string, Way> {
  const ways: Record<string, Way> = { session: unit.session, 'by hand': unit.byHand }
  if (unit.many) ways.many = unit.many
  ways.loop = unit.loop
  if (kind === 'mixed') return ways
  for (const [name, orm] of Object.entries(orms ?? {}))
    ways[name] = async () => {
      const time = await orm.time(kind)
      return { unit: time, flush: time }
    }
  return ways
}

/** How much longer a flush may take than SQL by hand, and how much the others at least, by the kind of unit. */
const mostOfHand = 1.5
const leastOf: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  loop: { insert: 20, update: 15, remove: 20 },
  MikroORM: { insert: 2, update: 2, remove: 3 },
}

function report(title: string, kind: string, measured: Record<string, Measured>, isPostgres: boolean): void {
  const session = measured.session as Measured
  print(title, `the unit of work ${milliseconds(session.unit)}, its flush ${milliseconds(session.flush)}`)
  for (const [name, { unit, flush, ofUnit, ofFlush }] of Object.entries(measured)) {
    if (name === 'session') continue
    if (name === 'by hand') {
      print(
        `    beside SQL by hand`,
        `its writing ${milliseconds(flush)}, ratio ${times(ofFlush)}; all of it ${milliseconds(unit)}, ratio ${times(ofUnit)}`,
        ofFlush.median <= mostOfHand,
        `at most ${mostOfHand} × its writing`,
      )
      continue
    }
    const inverse = { min: 1 / ofUnit.max, median: 1 / ofUnit.median, max: 1 / ofUnit.min }
    const bar = isPostgres ? leastOf[name]?.[kind] : undefined
    print(
      `    beside ${name}`,
      `${milliseconds(unit)}, ${times(inverse)} times as long`,
      bar === undefined ? undefined : inverse.median >= bar,
      `at least ${bar} ×`,
    )
  }
}

function times({ min, median, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
}

/** What was taken back leaves dead rows, which whoever comes next would have to step over. */
async function vacuum(client: PrismaClient, isPostgres: boolean): Promise<void> {
  if (isPostgres) for (const table of ['User', 'Post']) await client.$executeRawUnsafe(`VACUUM "${table}"`)
}

async function fill(client: PrismaClient, isPostgres: boolean): Promise<void> {
  const ids = Array.from({ length: rows }, (_, index) => index + 1)
  await client.user.createMany({ data: ids.map((id) => ({ id, name: `user ${id}` })) })
  await client.post.createMany({ data: ids.map((id) => ({ id, title: `post ${id}`, authorId: id })) })
  if (!isPostgres) return
  // Keys given by hand do not move the sequences.
  for (const table of ['User', 'Post'])
    await client.$executeRawUnsafe(`SELECT setval(pg_get_serial_sequence('"${table}"', 'id'), 100000)`)
  await client.$executeRawUnsafe('ANALYZE')
}
