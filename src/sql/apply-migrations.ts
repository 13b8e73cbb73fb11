import { randomUUID } from 'node:crypto'
import { textOf } from '../migrate/error-text.js'
import { Failure } from '../migrate/failure.js'
import type { Ended, RunEvent } from '../migrate/run/events.js'
import type { History } from './history.js'
import type { MigrationFile } from './migration-files.js'
import type { Sender } from './sender.js'
/** Applies files one after the other. The first that fails ends it. `mayGoOn` throws when the lock is lost. */
export async function applyMigrations(
  files: readonly MigrationFile[],
  history: History,
  sender: Sender,
  mayGoOn: () => void,
  tell: (event: RunEvent) => void,
): Promise<void> {
  for (const file of files) {
    const { name } = file
    const begun = performance.now()
    const end = (outcome: Ended['outcome']) => {
      const duration = Math.round(performance.now() - begun)
      tell({ kind: 'ended', script: name, outcome, duration, processed: null, total: null, statements: null })
    }
    tell({ kind: 'begun', script: name, checksum: file.checksum, direction: 'up', transaction: null, resumedAt: null })
    try {
      await apply(file, history, sender, mayGoOn)
    } catch (error) {
      end('failed')
      throw error
    }
    end('done')
  }
}

async function apply(file: MigrationFile, history: History, sender: Sender, mayGoOn: () => void): Promise<void> {
  const id = randomUUID()
  const before = history.start(id, file)
  const after = history.finish(id)
  try {
    mayGoOn()
    if (await sender.sendInTransaction(before, file.text, after, mayGoOn)) return
    await sender.send(before)
    await sender.send(file.text)
    mayGoOn()
    await sender.send(after)
  } catch (cause) {
    await sender.rollback() // of a transaction that the file itself has begun
    if (cause instanceof Failure) throw cause
    const text = reasonOf(cause)
    throw new Failure('FAILED', `${file.name} failed: ${text}\n${await rest(id, file, history, text)} (${file.path})`, {
      cause,
    })
  }
}

/** What is left of a file that has failed, and the way out. */
async function rest(id: string, { name }: MigrationFile, history: History, text: string): Promise<string> {
  const sayso = `prisma migrate resolve --rolled-back ${name}, or without the schema engine: ${history.resolution(name)}`
  try {
    if (!(await history.fail(id, text)))
      return 'All that it did is rolled back. Mend it, and run the same command again'
    return `What it did before stays, and it is noted as failed. Undo that by hand, then say so: ${sayso}`
  } catch (cause) {
    return `What is left of it could not be found out (${textOf(cause)}): look whether _prisma_migrations has a row for it. If it has, undo by hand what it did, then say so: ${sayso}`
  }
}

/** What the database said, which an adapter wraps. */
function reasonOf(cause: unknown): string {
  const { originalMessage } = ((cause as { cause?: unknown } | null)?.cause ?? {}) as { originalMessage?: unknown }
  return typeof originalMessage === 'string' ? originalMessage : textOf(cause)
}
