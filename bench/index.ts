/**
 * npm run bench: what a session costs beside the Prisma client it wraps, on SQLite (better-sqlite3). Every figure is
 * the median of alternating pairs in one process, with its spread; the bars are those of the issue that set them.
 *
 * Where the time goes, by --cpu-prof: of a forwarded call the session's own code is about 5 %. The rest of what it once
 * cost (20 % and more) was Prisma looking for its caller's line in our stack, which driver/invoke.ts keeps it from.
 * With many objects managed, all of the difference is objects/changes.ts looking at each: 0.2 to 0.35 µs an object.
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaClient } from '../generated/sqlite/client.ts'
import { createSession, select } from '../src/index.js'
import { type Compared, comparePairs, measure, type Spread } from './pairs.ts'

const folder = mkdtempSync(join(tmpdir(), 'session-bench-'))
const template = await filledDatabase('template.db')
try {
  await forwardedCall('nothing managed', 0, 'ratio')
  await forwardedCall('1000 managed objects', 1000, 'difference')
  await forwardedCall('1000 managed objects, inside noAutoflush', 1000, 'paused')
  await identityHit()
  await changeDetection()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** `session.user.findUnique()` in an open transaction, beside the same call on Prisma's own transaction client. */
async function forwardedCall(what: string, managed: number, bar: 'ratio' | 'difference' | 'paused'): Promise<void> {
  const [theirs, ours] = [await database('theirs.db'), await database('ours.db')]
  const session = createSession(ours)
  if (managed > 0) (await session.scalars(select('User', { take: managed }))).all()
  await theirs.$transaction(
    async (tx) => {
      await session.user.count() // BEGIN
      const pause = bar === 'paused' ? session.noAutoflush() : undefined
      const compared = await comparePairs(
        `forwarded findUnique, ${what}`,
        {
          ours: () => session.user.findUnique({ where: { id: 7 } }),
          theirs: () => tx.user.findUnique({ where: { id: 7 } }),
        },
        { calls: 50, pairs: 101 },
      )
      pause?.[Symbol.dispose]()
      if (bar === 'difference') printDifference(compared, 0.5)
      else printRatio(compared, bar === 'ratio' ? 1.1 : undefined)
    },
    { timeout: 600_000 },
  )
  await session.close()
  await Promise.all([theirs.$disconnect(), ours.$disconnect()])
}

/** `await session.get()` of an object that the session holds. */
async function identityHit(): Promise<void> {
  const client = await database('hit.db')
  const session = createSession(client)
  await session.getOne('User', 7)
  const time = await measure(() => session.get('User', 7), { calls: 20_000 })
  print('identity-map hit, awaited', `${micro(time)} a call`, time.median * 1000 <= 2, 'at most 2 µs')
  await session.close()
  await client.$disconnect()
}

/** What autoflush has to look at: no bar here, it explains the figures above. */
async function changeDetection(): Promise<void> {
  const client = await database('changes.db')
  const session = createSession(client)
  ;(await session.scalars(select('User'))).all()
  const time = await measure(() => session.flush(), { calls: 200 })
  print(`flush of ${session.identityMap.size} unchanged objects`, `${micro(time)} a call`)
  await session.close()
  await client.$disconnect()
}

function printRatio({ name, ours, theirs, ratio }: Compared, bar?: number): void {
  const figure = `${micro(ours)}, raw ${micro(theirs)}, ratio ${plain(ratio)}`
  print(
    name,
    figure,
    bar === undefined ? undefined : ratio.median <= bar,
    bar === undefined ? undefined : `at most ${bar} ×`,
  )
}

function printDifference({ name, ours, theirs, difference }: Compared, bar: number): void {
  const figure = `${micro(ours)}, raw ${micro(theirs)}, more by ${micro(difference)}`
  print(name, figure, difference.median <= bar, `at most ${bar} ms more`)
}

function print(name: string, figure: string, holds?: boolean, bar?: string): void {
  const verdict = holds === undefined ? '' : `   ${holds ? 'holds' : 'MISSED'}: ${bar}`
  console.log(`${name}\n    ${figure}${verdict}`)
  if (holds === false) process.exitCode = 1
}

function micro({ min, median, max }: Spread): string {
  const text = (milliseconds: number) => (milliseconds * 1000).toFixed(1)
  return `${text(median)} µs (${text(min)}–${text(max)})`
}

function plain({ min, median, max }: Spread): string {
  return `${median.toFixed(3)} (${min.toFixed(3)}–${max.toFixed(3)})`
}

async function database(name: string): Promise<PrismaClient> {
  const file = join(folder, name)
  rmSync(file, { force: true })
  copyFileSync(template, file)
  return clientOf(file)
}

/** A database of 1000 users. */
async function filledDatabase(name: string): Promise<string> {
  const file = join(folder, name)
  const adapter = await new PrismaBetterSqlite3({ url: `file:${file}` }).connect()
  await adapter.executeScript(readFileSync(new URL('../generated/sqlite.sql', import.meta.url), 'utf8'))
  await adapter.dispose()
  const client = clientOf(file)
  await client.user.createMany({ data: Array.from({ length: 1000 }, (_, index) => ({ name: `user ${index}` })) })
  await client.$disconnect()
  return file
}

function clientOf(file: string): PrismaClient {
  return new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${file}` }) })
}
