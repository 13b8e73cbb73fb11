import { Umzug } from 'umzug'
import { Failure } from '../failure.js'
import { nameOf, type ScriptFile, scriptFile, scriptFiles, scriptsOf } from '../files.js'
import { Ledger, type LedgerRow } from '../ledger.js'
import { reach } from '../open-client.js'
import { type Entry, Plan } from '../plan.js'
import { appliedMigrations } from '../prisma-migrations.js'
import { LedgerBook, noBook } from './book.js'
import { chooseScripts, unfinishedAbove } from './choose.js'
import { Connections } from './connections.js'
import type { Direction, RunEvent } from './events.js'
import { ledgerChanged, resumeCommand, sameCommand } from './failures.js'
import type { Action, MigrateJob, RunJob, ScriptJob } from './job.js'
import { loadScript, type Script } from './load-script.js'
import { Runner } from './runner.js'
import type { Shared } from './shared.js'
import { firstCursor } from './walks.js'

/** Runs what a job says. Whatever cannot be run is refused before anything is. */
export async function runScripts(job: RunJob, token: string, shared: Shared, tell: (event: RunEvent) => void) {
  const connections = await Connections.open(job, { isLogged: job.isDryRun })
  const { isDryRun, batchSize } = job
  const runner = new Runner(connections, { isDryRun, batchSize, shared, tell })
  try {
    await (job.kind === 'script' ? runOne(job, runner) : migrate(job, token, connections, runner, tell))
  } finally {
    await runner.close()
    await connections.close()
  }
}

async function runOne({ path, args }: ScriptJob, runner: Runner): Promise<void> {
  const script = await loadScript(scriptFile(path))
  const command = sameCommand
  await runner.run({ script, direction: 'up', row: null, cursor: null, book: noBook, ledger: null, args, command })
}

async function migrate(
  job: MigrateJob,
  token: string,
  connections: Connections,
  runner: Runner,
  tell: (event: RunEvent) => void,
): Promise<void> {
  const { action, isDryRun } = job
  const { sql } = connections
  const ledger = new Ledger(sql)
  const [files, rows] = await Promise.all([scriptFiles(job.dir), reach(job, () => ledger.rows())])
  const plan = new Plan(files, rows)
  const chosen = chooseScripts(plan, job)
  const names = chosen.map(({ name }) => name)
  if (job.expected && String(names) !== String(job.expected)) throw ledgerChanged()
  await refuseUnknown(unfinishedAbove(plan, job))
  const scripts = new Map<string, Script>()
  for (const entry of chosen) scripts.set(entry.name, await loadScript(entry.file as ScriptFile))
  await refuseUnready(chosen, scripts, action, connections)
  tell({ kind: 'planned', direction: action, scripts: names, to: job.to, dir: job.dir, found: files.length })
  if (chosen.length === 0) return
  if (!isDryRun) await reach(job, () => ledger.create())

  const run = async (name: string, direction: Direction, row: LedgerRow | null) => {
    const script = scripts.get(name) as Script
    const book = isDryRun ? noBook : new LedgerBook({ script, direction, row, ledger, sql, token })
    await runner.run({
      script,
      direction,
      row,
      cursor: isAnew(row, script) ? null : (row?.cursor ?? null),
      book,
      ledger: isDryRun ? null : ledger,
      args: [],
      command: resumeCommand(action, direction, name),
    })
  }
  const rowOf = (name: string) => rows.get(name) ?? null
  if (action === 'redo') {
    for (const name of names) {
      await run(name, 'down', rowOf(name))
      await run(name, 'up', null)
    }
    return
  }
  const done = new Set(action === 'up' ? namesBut(plan, plan.pending) : plan.undoable.map(({ name }) => name))
  const act = ({ name }: { name: string }) => run(name, action, rowOf(name))
  const umzug = new Umzug({
    migrations: {
      ...scriptsOf(job.dir),
      resolve: ({ path }) => ({ name: nameOf(path as string), path: path as string, up: act, down: act }),
    },
    // The script's own transaction has seen to it.
    storage: { executed: async () => [...done], logMigration: async () => {}, unlogMigration: async () => {} },
    logger: undefined,
  })
  const to = names.at(-1) as string
  try {
    await umzug[action]({ to })
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

async function refuseUnready(
  chosen: readonly Entry[],
  scripts: ReadonlyMap<string, Script>,
  action: Action,
  { sql }: Connections,
): Promise<void> {
  const applied = [...scripts.values()].some(({ requires }) => requires.length > 0)
    ? await appliedMigrations(sql)
    : new Set<string>()
  for (const { name, row } of chosen) {
    const script = scripts.get(name) as Script
    if (action !== 'up') refuseDown(script, row)
    if (action === 'down') continue
    const missing = script.requires.find((required) => !applied.has(required))
    if (missing !== undefined) {
      throw new Failure(
        'DISAGREES',
        `${name} requires Prisma's migration ${missing}, which is not applied: apply it first (prisma migrate deploy, or prisma-session sql up). Nothing was run`,
      )
    }
    if (action === 'up' && row) refuseHowFar(script, row)
  }
}

/** Refuses to undo what comes before, or is, a script of which it is not known how far it came. */
async function refuseUnknown(unfinished: readonly Entry[]): Promise<void> {
  for (const { file, row } of unfinished) {
    const script = await loadScript(file as ScriptFile).catch(() => null) // it is not to be run
    if (script && row) refuseHowFar(script, row)
  }
}

function refuseHowFar({ file: { name }, transaction }: Script, row: LedgerRow): void {
  if (row.finishedAt || row.cursor !== null || transaction !== 'none') return
  throw new Failure(
    'DISAGREES',
    `${name} was begun ${row.startedAt.toISOString()} and has not finished, and it runs without a transaction: nobody knows how far it came. Look at the data, then have it run from its beginning with prisma-session migrate repair ${name}, or leave it at that with prisma-session migrate baseline --to ${name}`,
  )
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
