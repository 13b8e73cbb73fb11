import type { Direction } from './events.js'

/** What a worker is told to run. It crosses to another thread. */
export type RunJob = MigrateJob | ScriptJob

/** Scripts of the folder, through the ledger. */
export interface MigrateJob extends RunOptions, Choice {
  readonly kind: 'migrate'
  /** The scripts that the user has confirmed; null without a confirmation. */
  readonly expected: readonly string[] | null
}

/** One script, without the ledger. */
export interface ScriptJob extends RunOptions {
  readonly kind: 'script'
  readonly path: string
  readonly args: readonly string[]
}

interface RunOptions extends ClientModule {
  readonly isDryRun: boolean
  /** Page size of batch(); null leaves it to the scripts. */
  readonly batchSize: number | null
}

/** Selects the scripts of a run. */
export interface Choice {
  readonly action: Action
  readonly dir: string
  /** The last script to run; for a redo, the only one. */
  readonly to: string | null
  readonly step: number | null
  readonly allowsChanged: boolean
  readonly allowsLate: boolean
}

/** `redo`: down, then up again. */
export type Action = Direction | 'redo'

export interface ClientModule {
  /** The URL of the module that exports the PrismaClient. */
  readonly client: string
  readonly exportName: string | null
}
