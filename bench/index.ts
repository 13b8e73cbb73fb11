/**
 * npm run bench, or npm run bench -- streams for one group: what a session costs beside the Prisma client it wraps, on
 * SQLite (better-sqlite3), and what streams and flushes cost, on databases that answer. Every figure is the median of
 * alternating pairs in one process, with its spread; the bars are those of the issues that set them.
 *
 * Where the time goes, by --cpu-prof: of a forwarded call the session's own code is about 5 %. The rest of what it once
 * cost (20 % and more) was Prisma looking for its caller's line in our stack, which driver/invoke.ts keeps it from.
 * With many objects managed, all of the difference is objects/changes.ts looking at each: 0.2 to 0.35 µs an object.
 *
 * Of a blocking findUnique, by clocks in both threads: the worker's Prisma call takes what it takes in-process, some
 * 220 µs; the way there and back some 40 µs, nearly all of it structured cloning (posting the question 5, its reading
 * 15, posting the answer 10, its reading 5). Sleeping and being woken would add 50 to 100 µs: both ends look about for
 * a while first, and do less of that where it is in vain (bridge/blocking-end.ts). In some runs, for as long as a worker
 * lives, its Prisma call takes 310 µs instead of 205 while this thread looks about, as if the two cores were one: then
 * the ratio is 1.5 and more, else 1.1 to 1.25. Looking about more or less, or slower (a clock read or square roots in
 * between) made no difference to that. Both threads have to be warm: the first 2000 calls take half as long again. Of
 * many rows at once cloning is the half: a thousand cost 1 ms each way. A warm runSync of one count is five statements,
 * savepoints within savepoints, and seven turns of the event loop.
 *
 * Of a stream's row (better-sqlite3, five columns): Prisma by hand takes 2 µs. The `await` of `for await` adds 0.2 µs,
 * which partitions() does not cost. Tracking adds 1 µs: the copy that changes are found by, the state, key and map entry,
 * the look for changes when the page is passed; and what the garbage collector does about them, since Prisma's promises
 * keep the rows of pages gone by alive past the next scavenge. What mattered: asking a page's first row what the rows
 * have and not each (relations that are not there took three times 0.14 µs), copying a row before it is tied to its state
 * (0.04 µs instead of 0.13), a map of its own for each page (a map that is filled and emptied keeps all that was ever in
 * it until the next major collection), and a private field instead of a WeakMap (0.02 µs instead of 2.5). Prisma needs
 * five runs of 50 000 rows to be warm, and is the slower one before.
 *
 * Of the import of the package four fifths are @prisma/client/runtime/client, which the application's own client loads
 * anyway: 119 of 148 ms where Node itself takes 40 to start. Its values (Decimal, DbNull, the errors) are compared by
 * class, and @prisma/client-runtime-utils, a light package that has them too, is another copy of them to an ES module:
 * on Node the runtime is CommonJS and requires the CommonJS file of it.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { changeDetection, forwardedCall, identityHit, largeValues } from './async.ts'
import { removeDatabases } from './database.ts'
import { flushes } from './flush/index.ts'
import { scale } from './scale/index.ts'
import { start } from './start.ts'
import { streams } from './streams.ts'
import {
  findUnique,
  flushOfThousand,
  forwardedFindUnique,
  identityHitSync,
  readThousand,
  roundTrip,
  warmRunSync,
} from './sync.ts'
import { types } from './types.ts'

/** Each in a process of its own: what ran before leaves its marks on compiled code and on the heap. */
const groups: Readonly<Record<string, () => Promise<void>>> = {
  calls: async () => {
    await forwardedCall('nothing managed', 0, 'ratio')
    await forwardedCall('1000 managed objects', 1000, 'difference')
    await forwardedCall('1000 managed objects, inside noAutoflush', 1000, 'paused')
    await identityHit()
    await changeDetection()
    await largeValues()
  },
  sync: async () => {
    await roundTrip()
    await findUnique()
    await forwardedFindUnique()
    identityHitSync()
    await flushOfThousand()
    await readThousand()
    await warmRunSync()
  },
  start,
  streams,
  flushes,
  scale: () => scale(),
  types,
}

const [name] = process.argv.slice(2)
if (name === undefined) {
  for (const each of Object.keys(groups)) {
    const { status } = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), each], {
      stdio: 'inherit',
    })
    if (status !== 0) process.exitCode = 1
  }
} else if (groups[name]) {
  await groups[name]()
} else {
  throw new Error(`there is no ${name} to measure: npm run bench -- ${Object.keys(groups).join('|')}`)
}
removeDatabases()
