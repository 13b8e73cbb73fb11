import { Failure } from '../../migrate/failure.js'
import type { Entry } from '../../migrate/plan.js'
import { problemOf } from '../../migrate/run/refuse.js'
import { withLedger } from '../open-ledger.js'
import type { Reporter } from '../report/reporter.js'
import { duration, table } from '../report/text.js'
import type { Settings } from '../settings.js'
/** What has run, what waits, and what is wrong. The exit code tells which. */
export async function status(settings: Settings, reporter: Reporter): Promise<void> {
  const plan = await withLedger(settings, async (_, made) => made)
  const { entries, pending } = plan
  const problems = plan.problems.map((entry) =>
    problemOf(entry, { direction: null, allowsChanged: false, allowsLate: false }),
  )
  const value = { event: 'status', scripts: entries.map(asObject), pending: pending.map(({ name }) => name), problems }
  reporter.result(value, () =>
    entries.length === 0
      ? `no scripts in ${settings.dir}`
      : table(['script', 'state', 'finished', 'took', 'rows', ''], entries.map(asLine)),
  )
  if (problems.length > 0) throw new Failure('DISAGREES', problems.join('\n'))
  if (pending.length > 0) throw new Failure('PENDING', `${pending.length} to run: prisma-session migrate up`)
}

function asLine({ name, state, row, isChanged, isLate, newName }: Entry): string[] {
  const notes = [
    isChanged && 'changed',
    isLate && 'out of order',
    newName && `now ${newName}`,
    row?.error?.split('\n')[0],
  ]
  return [
    name,
    state,
    row?.finishedAt?.toISOString() ?? '',
    row?.duration == null ? '' : duration(row.duration),
    row?.processed == null ? '' : [row.processed, row.total].filter((count) => count !== null).join('/'),
    notes.filter(Boolean).join('; '),
  ]
}

function asObject({ name, state, row, isChanged, isLate, newName }: Entry): object {
  const {
    startedAt = null,
    finishedAt = null,
    duration: took = null,
    processed = null,
    total = null,
    error = null,
  } = row ?? {}
  return { name, state, startedAt, finishedAt, duration: took, processed, total, error, isChanged, isLate, newName }
}
