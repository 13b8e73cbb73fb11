import { format } from 'node:util'
import { ArgumentError } from '../../errors.js'
import { batch, type Desk } from './batch.js'
import type { RunEvent } from './events.js'
import type { Script } from './load-script.js'
import { walkAtOnce, walkInTurn } from './loops.js'
import type { Shared } from './shared.js'
/** What a script is given besides its session: MigrationContext, or SyncMigrationContext. */
export function contextOf(desk: Desk, setting: ContextSetting): object {
  const { script, isDryRun, args, shared, tell, tellProgress } = setting
  const { name } = script.file
  const walk = script.mode === 'sync' ? walkAtOnce : walkInTurn
  return {
    name,
    args,
    isDryRun,
    signal: shared.signal,
    log: (...values: unknown[]) => tell({ kind: 'log', script: name, text: format(...values) }),
    progress: (processed: unknown, total?: unknown) =>
      tellProgress(rowsOf(processed, 'processed'), total === undefined ? null : rowsOf(total, 'total')),
    batch: (model: unknown, options: unknown) => walk(() => batch(desk, model, options)),
  }
}

export interface ContextSetting {
  readonly script: Script
  readonly isDryRun: boolean
  readonly args: readonly string[]
  readonly shared: Shared
  readonly tell: (event: RunEvent) => void
  readonly tellProgress: (processed: number, total: number | null) => void
}

function rowsOf(value: unknown, name: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw new ArgumentError(`progress(processed, total): ${name} is a number of rows, not ${String(value)}`)
}
