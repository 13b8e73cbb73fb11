import { Umzug } from 'umzug'
import { Failure } from '../failure.js'
import { nameOf, type ScriptFile, scriptFile, scriptFiles, scriptsOf } from '../files.js'
import { Ledger, type LedgerRow } from '../ledger.js'
import { reach } from '../open-client.js'
import { type Entry, Plan } from '../plan.js'
import { appliedMigrations } from '../prisma-migrations.js'
import { LedgerBook, noBook } from './book.js'
import { Connections } from './connections.js'
import type { Direction, RunEvent } from './events.js'
import type { MigrateJob, RunJob, ScriptJob } from './job.js'
import { loadScript, type Script } from './load-script.js'
import { refuseProblems } from './refuse.js'
import { Runner } from './runner.js'
import type { Shared } from './shared.js'
import { firstCursor } from './walks.js'
/** Runs what a job says. Whatever cannot be run is refused before anything is. */
export async function runScripts(job: RunJob, token: string, shared: Shared, tell: (event: RunEvent) => void) {
  const connections = await Connections.open(job, { isLogged: job.isDryRun })
  const runner = new Runner(connections, { isDryRun: job.isDryRun, shared, tell })
  try {
    await (job.kind === 'script' ? runOne(job, runner) : migrate(job, token, connections, runner, tell))
  } finally {
    await runner.close()
    await connections.close()
  }
}

async function runOne({ path, args }: ScriptJob, runner: Runner): Promise<void> {
  const script = await loadScript(scriptFile(path))
  await runner.run({ script, direction: 'up', row: null, cursor: null, book: noBook, ledger: null, args })
}

async function migrate(
  job: MigrateJob,
  token: string,
  connections: Connections,
  runner: Runner,
  tell: (event: RunEvent) => void,
): Promise<void> {
  const { direction, isDryRun } = job
  const { sql } = connections
  const ledger = new Ledger(sql)
  const [files, rows] = await Promise.all([scriptFiles(job.dir), reach(job, () => ledger.rows())])
  const plan = new Plan(files, rows)
  refuseProblems(plan, job)
  const chosen = chosenOf(plan, job)
  const scripts = new Map<string, Script>()
  for (const entry of chosen) scripts.set(entry.name, await loadScript(entry.file as ScriptFile))
  await refuseUnready(chosen, scripts, job, connections)
  tell({ kind: 'planned', direction, scripts: chosen.map(({ name }) => name), to: job.to })
  if (chosen.length === 0) return
  if (!isDryRun) await reach(job, () => ledger.create())

  const run = async ({ name }: { name: string }) => {
    const script = scripts.get(name) as Script
    const row = rows.get(name) ?? null
    const book = isDryRun ? noBook : new LedgerBook({ script, direction, row, ledger, sql, token })
    await runner.run({
      script,
      direction,
      row,
      cursor: isAnew(row, script) ? null : (row?.cursor ?? null),
      book,
      ledger: isDryRun ? null : ledger,
      args: [],
    })
  }
  const done = new Set(direction === 'up' ? namesBut(plan, plan.pending) : plan.undoable.map(({ name }) => name))
  const umzug = new Umzug({
    migrations: {
      ...scriptsOf(job.dir),
      resolve: ({ path }) => ({ name: nameOf(path as string), path: path as string, up: run, down: run }),
    },
    // The script's own transaction has seen to it.
    storage: { executed: async () => [...done], logMigration: async () => {}, unlogMigration: async () => {} },
    logger: undefined,
  })
  const last = chosen.at(-1) as Entry
  try {
    await (direction === 'up' ? umzug.up({ to: last.name }) : umzug.down({ to: last.name }))
  } catch (error) {
    throw (error as { cause?: unknown }).cause ?? error
  }
}

/** A repeatable script that has changed has nothing to go on with. */
function isAnew(row: LedgerRow | null, { file }: Script): boolean {
  return file.isRepeatable && row?.checksum !== file.checksum
}

function namesBut({ entries }: Plan, pending: readonly Entry[]): string[] {
  return entries.filter((entry) => !pending.includes(entry)).map(({ name }) => name)
}

/** Those that the job asks for, in the order in which they run. */
function chosenOf(plan: Plan, { direction, to, step, dir }: MigrateJob): Entry[] {
  const possible = direction === 'up' ? plan.pending : plan.undoable
  if (direction === 'down' && to === '0') return possible
  if (to === null) return possible.slice(0, step ?? (direction === 'up' ? possible.length : 1))
  const name = nameOf(to)
  const at = possible.findIndex((entry) => entry.name === name)
  if (at >= 0) return possible.slice(0, at + 1)
  const known = plan.entries.find((entry) => entry.name === name)
  if (!known) throw new Failure('USAGE', `--to ${to}: there is no script of that name in ${dir}`)
  if (direction === 'up') return []
  throw new Failure('USAGE', `--to ${to}: that script is not done (${known.state}), so there is nothing to undo`)
}

async function refuseUnready(
  chosen: readonly Entry[],
  scripts: ReadonlyMap<string, Script>,
  { direction }: { direction: Direction },
  { sql }: Connections,
): Promise<void> {
  const applied = [...scripts.values()].some(({ requires }) => requires.length > 0)
    ? await appliedMigrations(sql)
    : new Set<string>()
  for (const { name, row } of chosen) {
    const script = scripts.get(name) as Script
    if (direction === 'down') {
      refuseDown(script, row)
      continue
    }
    const missing = script.requires.find((required) => !applied.has(required))
    if (missing !== undefined) {
      throw new Failure(
        'DISAGREES',
        `${name} requires Prisma's migration ${missing}, which is not applied: apply it first (prisma migrate deploy, or prisma-session sql up). Nothing was run`,
      )
    }
    if (row && !row.finishedAt && row.cursor === null && script.transaction === 'none') {
      throw new Failure(
        'DISAGREES',
        `${name} was begun ${row.startedAt.toISOString()} and has not finished, and it runs without a transaction: nobody knows how far it came. Look at the data, then have it run from its beginning with prisma-session migrate repair ${name}, or leave it at that with prisma-session migrate baseline --to ${name}`,
      )
    }
  }
}

function refuseDown({ file: { name }, down, transaction }: Script, row: LedgerRow | null): void {
  if (!down) {
    throw new Failure(
      'USAGE',
      `${name} cannot be undone, it exports no function down: write one, or undo fewer scripts with --step or --to`,
    )
  }
  if (transaction === 'none' && row?.cursor === firstCursor('down')) {
    throw new Failure(
      'DISAGREES',
      `${name} was being undone, without a transaction, and that has not finished: nobody knows how far it came. Look at the data, then have its down run from its beginning after prisma-session migrate repair ${name}`,
    )
  }
}
