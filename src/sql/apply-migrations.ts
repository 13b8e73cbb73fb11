import { randomUUID } from 'node:crypto'
import { Failure, textOf } from '../migrate/failure.js'
import type { Ended, RunEvent } from '../migrate/run/events.js'
import type { History } from './history.js'
import type { MigrationFile } from './migration-files.js'
import type { Sender } from './sender.js'
/** Applies files one after the other. The first that fails ends it. */
export async function applyMigrations(
  files: readonly MigrationFile[],
  history: History,
  sender: Sender,
  tell: (event: RunEvent) => void,
): Promise<void> {
  for (const file of files) {
    const { name } = file
    const begun = performance.now()
    const end = (outcome: Ended['outcome']) => {
      const duration = Math.round(performance.now() - begun)
      tell({ kind: 'ended', script: name, outcome, duration, processed: null, total: null, statements: null })
    }
    tell({ kind: 'begun', script: name, checksum: file.checksum, direction: 'up', resumedAt: null })
    try {
      await apply(file, history, sender)
    } catch (error) {
      end('failed')
      throw error
    }
    end('done')
  }
}

async function apply(file: MigrationFile, history: History, sender: Sender): Promise<void> {
  const id = randomUUID()
  const before = history.start(id, file)
  const after = history.finish(id)
  try {
    if (await sender.sendInTransaction(before, file.text, after)) return
    await sender.send(before)
    await sender.send(file.text)
    await sender.send(after)
  } catch (cause) {
    const text = reasonOf(cause)
    const isLeft = await history.fail(id, text)
    const rest = isLeft
      ? `What it did before stays, and it is noted as failed. Undo that by hand, then say so: prisma migrate resolve --rolled-back ${file.name}, or without the schema engine: ${history.resolution(file.name)}`
      : 'All that it did is rolled back. Mend it, and run the same command again'
    throw new Failure('FAILED', `${file.name} failed: ${text}\n${rest} (${file.path})`, { cause })
  }
}

/** What the database said, which an adapter wraps. */
function reasonOf(cause: unknown): string {
  const { originalMessage } = ((cause as { cause?: unknown } | null)?.cause ?? {}) as { originalMessage?: unknown }
  return typeof originalMessage === 'string' ? originalMessage : textOf(cause)
}
