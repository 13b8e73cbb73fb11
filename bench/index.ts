/**
 * npm run bench: what a session costs beside the Prisma client it wraps, on SQLite (better-sqlite3). Every figure is
 * the median of alternating pairs in one process, with its spread; the bars are those of the issues that set them.
 *
 * Where the time goes, by --cpu-prof: of a forwarded call the session's own code is about 5 %. The rest of what it once
 * cost (20 % and more) was Prisma looking for its caller's line in our stack, which driver/invoke.ts keeps it from.
 * With many objects managed, all of the difference is objects/changes.ts looking at each: 0.2 to 0.35 µs an object.
 */
import { changeDetection, forwardedCall, identityHit } from './async.ts'
import { removeDatabases } from './database.ts'
import {
  findUnique,
  flushOfThousand,
  forwardedFindUnique,
  identityHitSync,
  readThousand,
  roundTrip,
  warmRunSync,
} from './sync.ts'

try {
  await forwardedCall('nothing managed', 0, 'ratio')
  await forwardedCall('1000 managed objects', 1000, 'difference')
  await forwardedCall('1000 managed objects, inside noAutoflush', 1000, 'paused')
  await identityHit()
  await changeDetection()
  await roundTrip()
  await findUnique()
  await forwardedFindUnique()
  identityHitSync()
  await flushOfThousand()
  await readThousand()
  await warmRunSync()
} finally {
  removeDatabases()
}
