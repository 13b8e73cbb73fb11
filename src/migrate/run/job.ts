import type { Direction } from './events.js'
/** What a worker is told to run. It crosses to another thread. */
export type RunJob = MigrateJob | ScriptJob

/** Scripts of the folder, through the ledger. */
export interface MigrateJob extends ClientModule {
  readonly kind: 'migrate'
  readonly dir: string
  readonly direction: Direction
  readonly to: string | null
  readonly step: number | null
  readonly isDryRun: boolean
  readonly allowsChanged: boolean
  readonly allowsLate: boolean
}

/** One script, without the ledger. */
export interface ScriptJob extends ClientModule {
  readonly kind: 'script'
  readonly path: string
  readonly args: readonly string[]
  readonly isDryRun: boolean
}

export interface ClientModule {
  /** The URL of the module that exports the PrismaClient. */
  readonly client: string
  readonly exportName: string | null
}
