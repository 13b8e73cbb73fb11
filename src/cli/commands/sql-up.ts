import { textOf } from '../../migrate/error-text.js'
import { Failure } from '../../migrate/failure.js'
import { Keeper } from '../../migrate/lock/keeper.js'
import { reach } from '../../migrate/open-client.js'
import type { Ended } from '../../migrate/run/events.js'
import type { Sql } from '../../migrate/sql.js'
import { applyMigrations } from '../../sql/apply-migrations.js'
import { History } from '../../sql/history.js'
import { type MigrationFile, migrationFiles } from '../../sql/migration-files.js'
import { openSender } from '../../sql/sender.js'
import { withDatabase } from '../open-ledger.js'
import type { Reporter } from '../report/reporter.js'
import type { Settings } from '../settings.js'
/** Applies Prisma's own migrations. */
export async function sqlUp(flags: SqlUpFlags, settings: Settings, reporter: Reporter): Promise<void> {
  const { client: module, migrationsDir } = settings
  await withDatabase(module, async (sql, client) => {
    const files = migrationFiles(migrationsDir, sql.dialect.provider)
    const history = new History(sql)
    const plan = async () => {
      const { pending, unknown } = await reach(module, () => history.pending(files))
      for (const name of unknown)
        reporter.event({ kind: 'warning', text: `${name} is applied, and its folder is not in ${migrationsDir}` })
      return chosenOf(pending, files, flags)
    }
    const tellPlan = (chosen: readonly MigrationFile[]) => {
      const scripts = chosen.map(({ name }) => name)
      reporter.result({ event: 'planned', direction: 'up', scripts }, () =>
        scripts.length === 0 ? 'Nothing to apply: every migration is.' : `to be applied: ${scripts.join(', ')}`,
      )
    }
    if (flags.dryRun) return tellPlan(await plan())
    let isLost = false
    const lose = () => {
      isLost = true
    }
    const lock = await reach(module, () => lockFor(client, sql, flags.wait * 1000, reporter, lose))
    const mayGoOn = () => {
      if (isLost) throw lockLost()
    }
    const ended: Ended[] = []
    try {
      const sender = await reach(module, () => openSender(client, sql.dialect, flags.wait * 1000))
      try {
        const chosen = await plan()
        tellPlan(chosen)
        if (chosen.length > 0) await reach(module, () => history.create())
        await applyMigrations(chosen, history, sender, mayGoOn, (event) => {
          if (event.kind === 'ended') ended.push(event)
          reporter.event(event)
        })
      } finally {
        await sender.close()
      }
    } finally {
      await lock?.release().catch((cause) => reporter.note(`the lock is lost: ${textOf(cause)}`))
      reporter.summary(ended)
    }
  })
}

export interface SqlUpFlags {
  readonly to?: string
  readonly step?: number
  readonly dryRun?: boolean
  /** Seconds. */
  readonly wait: number
}

function chosenOf(
  pending: readonly MigrationFile[],
  files: readonly MigrationFile[],
  { to, step }: SqlUpFlags,
): readonly MigrationFile[] {
  if (to === undefined) return pending.slice(0, step ?? pending.length)
  if (!files.some(({ name }) => name === to)) throw new Failure('USAGE', `--to ${to}: there is no such migration`)
  return pending.filter(({ name }) => name <= to)
}

/** On PostgreSQL the sender takes the lock of Prisma's own engine, elsewhere Prisma has none. */
async function lockFor(
  client: object,
  sql: Sql,
  patience: number,
  reporter: Reporter,
  lose: () => void,
): Promise<Keeper | null> {
  if (sql.dialect.provider === 'postgresql') return null
  return await Keeper.take(client, sql, {
    command: 'sql up',
    patience,
    onWaiting: (holder) => reporter.note(`waiting for ${holder}`),
    isUnwanted: () => false,
    onLost: (why) => {
      reporter.note(`the lock is lost: ${why}`)
      lose()
    },
    heartbeat: (send) => send(false),
  })
}

function lockLost(): Failure {
  return new Failure(
    'LOCKED',
    'another runner has taken the lock: what was not committed is rolled back. See what is applied with prisma-session sql up --dry-run, then run again',
  )
}
