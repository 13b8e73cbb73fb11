import { Failure } from '../../migrate/failure.js'
import { type Holder, inWords } from '../../migrate/lock/contract.js'
import type { Entry, Plan } from '../../migrate/plan.js'
import { problemOf } from '../../migrate/run/refuse.js'
import { readPlan } from '../open-ledger.js'
import type { Reporter } from '../report/reporter.js'
import { duration, noScripts, table } from '../report/text.js'
import type { Settings } from '../settings.js'

/** Shows what has run, what waits, what runs now, and what is wrong. The exit code says which. */
export async function status(settings: Settings, reporter: Reporter): Promise<void> {
  const { plan, runner } = await readPlan(settings)
  const { entries, pending, running } = plan
  const problems = plan.problems.map((entry) =>
    problemOf(entry, { direction: null, allowsChanged: false, allowsLate: false }),
  )
  const names = pending.map(({ name }) => name)
  const value = { event: 'status', scripts: entries.map(asObject), pending: names, problems, runner }
  if (runner && !running) reporter.note(`A runner is at work: ${inWords(runner)}`)
  reporter.result(value, () =>
    entries.length === 0
      ? noScripts(settings.dir)
      : table(
          ['script', 'state', 'finished', 'took', 'rows', ''],
          entries.map((entry) => asLine(entry, runner)),
        ),
  )
  if (problems.length > 0) throw new Failure('DISAGREES', problems.join('\n'))
  if (running || pending.length > 0) throw new Failure('PENDING', pendingText(plan))
}

function pendingText({ pending, running }: Plan): string {
  if (!running) return `${pending.length} to run: prisma-session migrate up`
  return `${running.name} is running${pending.length === 0 ? '' : `, ${pending.length} to run`}`
}

/** The state of a script that another runner is executing. */
function runningText({ pid, host, since }: Holder): string {
  const parts = [pid === null ? null : `pid ${pid}`, host, since && `since ${since.toISOString()}`]
  return `running (${parts.filter(Boolean).join(', ')})`
}

function asLine({ name, state, row, isChanged, isLate, newName }: Entry, runner: Holder | null): string[] {
  const notes = [
    isChanged && 'changed',
    isLate && 'out of order',
    newName && `now ${newName}`,
    row?.error?.split('\n')[0],
  ]
  return [
    name,
    state === 'running' && runner ? runningText(runner) : state,
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
