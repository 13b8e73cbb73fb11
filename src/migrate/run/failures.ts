import { textOf } from '../error-text.js'
import { Failure } from '../failure.js'
import type { Direction } from './events.js'
import type { Action } from './job.js'
import type { Script } from './load-script.js'
import { placeIn } from './place-in.js'

/** What a run that ends early says, with the way out of where it has left things. */
export function scriptFailed(error: unknown, left: Left): Failure {
  const { name, path } = left.script.file
  return new Failure('FAILED', `${name} failed: ${textOf(error)}\n${wayOut(left)}`, {
    cause: error,
    detail: placeIn(error, path),
  })
}

/** Ctrl-C was heeded. */
export function interrupted({ script, savedRows, isNoted, command }: Left): Failure {
  const { transaction, file } = script
  const { name } = file
  const rows = savedRows === null ? '' : ` after ${savedRows} rows, which are committed`
  const next = toGoOn({ name, transaction, savedRows, isNoted, command })
  const undone = transaction === 'none' || savedRows !== null ? '' : ' and is rolled back'
  return new Failure('INTERRUPTED', `${name} was interrupted${rows}${undone}: ${next}`)
}

/** The way on after an interruption. */
export function toGoOn({ name, transaction, savedRows, isNoted, command }: Interrupted): string {
  if (!isNoted) return 'it begins anew when it is run again'
  if (transaction === 'none' && savedRows === null)
    return `it runs without a transaction: look at the data, then have it run from its beginning with prisma-session migrate repair ${name}`
  return `${command} to go on`
}

interface Interrupted extends Omit<Left, 'script' | 'provider'> {
  readonly name: string
  readonly transaction: Script['transaction'] | null
}

export function lockLost({ file }: Script): Failure {
  return new Failure(
    'LOCKED',
    `${file.name} was stopped because another runner has taken the lock, or has run it meanwhile, or its row in the ledger was changed; what it had not committed is rolled back. Look at prisma-session migrate status, then run again`,
  )
}

/** A function has returned an iterator, of which nothing has run. */
export function unrun({ file }: Script, direction: Direction): Failure {
  return new Failure(
    'FAILED',
    `${file.name} returns an iterator from ${direction}(), of which nothing has run, and is rolled back: walk it in there, with for await`,
  )
}

/** The ledger no longer matches what the user has confirmed. */
export function ledgerChanged(): Failure {
  return new Failure(
    'DISAGREES',
    'the ledger has changed meanwhile: look at prisma-session migrate status, then try again',
  )
}

/** How a run has left things. */
export interface Left {
  readonly script: Script
  /** Rows whose pages are committed; null where none are. */
  readonly savedRows: number | null
  /** Whether the ledger knows of the run: a script that is no migration has no row. */
  readonly isNoted: boolean
  readonly provider: string
  /** The command that resumes the run, `sameCommand` in most cases. */
  readonly command: string
}

export const sameCommand = 'run the same command'

/** The command that resumes a run. Not another redo, which would undo the previous script. */
export function resumeCommand(action: Action, direction: Direction, script: string): string {
  return action === 'redo' && direction === 'up' ? `run prisma-session migrate up --to ${script}` : sameCommand
}

/** The command that retries a failed run. */
export function rerun(command: string): string {
  return command === sameCommand ? `${command} again` : command
}

function wayOut({ script, savedRows, isNoted, provider, command }: Left): string {
  const { name } = script.file
  if (savedRows !== null) {
    const rows = `${savedRows} rows are committed, the page it was at is rolled back`
    return isNoted
      ? `${rows}. Mend it, and ${rerun(command)} with --allow-changed: it goes on from there, and does again what stands outside of its pages`
      : `${rows}. It begins anew when it is run again`
  }
  if (script.transaction === 'none') {
    const stays = 'It runs without a transaction, so that what it did before stays. Look at the data, and mend it'
    return isNoted ? `${stays}; then it runs from its beginning after prisma-session migrate repair ${name}` : stays
  }
  const ddl = provider === 'mysql' ? ', but for what MySQL and MariaDB commit by themselves (CREATE, ALTER, DROP)' : ''
  return `All that it did is rolled back${ddl}. Mend it, and ${rerun(command)}`
}
