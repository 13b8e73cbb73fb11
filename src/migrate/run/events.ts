import type { Action } from './job.js'
import type { Script } from './load-script.js'

/** What a run tells while it goes on. */
export type RunEvent =
  | Planned
  | {
      readonly kind: 'begun'
      readonly script: string
      readonly checksum: string
      readonly direction: Direction
      /** Null for one of Prisma's migrations. */
      readonly transaction: Script['transaction'] | null
      readonly resumedAt: number | null
    }
  | {
      readonly kind: 'progress'
      readonly script: string
      readonly processed: number
      readonly total: number | null
      /** Rows whose pages are committed; null while none are. */
      readonly committed: number | null
    }
  | { readonly kind: 'log'; readonly script: string | null; readonly text: string }
  | { readonly kind: 'warning'; readonly text: string }
  | Ended

/** The scripts of a run are chosen. */
export interface Planned {
  readonly kind: 'planned'
  readonly direction: Action
  readonly scripts: readonly string[]
  /** The last script that was asked for. */
  readonly to: string | null
  /** The folder of the scripts. */
  readonly dir: string
  /** The number of scripts in it. */
  readonly found: number
}

/** A script has ended, one way or the other. */
export interface Ended {
  readonly kind: 'ended'
  readonly script: string
  readonly outcome: Outcome
  readonly duration: number
  readonly processed: number | null
  readonly total: number | null
  /** What it sent, in a dry run. */
  readonly statements: readonly SentStatement[] | null
}

export type Direction = 'up' | 'down'

export type Outcome = 'done' | 'reverted' | 'tried' | 'failed' | 'interrupted' | 'skipped'

export interface SentStatement {
  readonly sql: string
  readonly times: number
  /** Rows that came back or were changed, of all times. */
  readonly rows: number
}
