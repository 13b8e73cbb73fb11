import { textOf } from './error-text.js'

/**
 * Why a command could not do what it was asked: `message` names the script and ends with the way out, `exitCode` is the
 * process's.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode
  /** Lines that are of help after the message: where in the script it was. */
  readonly detail: string | null

  constructor(code: FailureCode, message: string, options: { cause?: unknown; detail?: string | null } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.detail = options.detail ?? null
  }

  get exitCode(): number {
    return exitCodes[this.code]
  }
}

/** What CI can go by. `prisma-session --help` lists them. */
export const exitCodes = {
  /** A script or the database failed. */
  FAILED: 1,
  /** The command was called wrongly. */
  USAGE: 2,
  /** `migrate status`: scripts wait to be run, or one is running. */
  PENDING: 3,
  /** Files and ledger disagree, and somebody has to decide. */
  DISAGREES: 4,
  /** Another runner is at work. */
  LOCKED: 5,
  /** Ctrl-C. */
  INTERRUPTED: 130,
} as const

export type FailureCode = keyof typeof exitCodes

/** What was thrown, as a failure: an unexpected error comes with the place where it was thrown. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (isOfFile(error))
    return new Failure('FAILED', `${textOf(error)}. Check this path, its permissions and its disk`, { cause: error })
  return new Failure('FAILED', textOf(error), { cause: error, detail: placeOf(error) })
}

/** Where an error was thrown: the first lines of its stack, or null. */
export function placeOf(error: unknown): string | null {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : []
  const places = lines.filter((line) => /^\s+at /.test(line)).slice(0, 5)
  return places.length > 0 ? places.join('\n') : null
}

/** A file that cannot be read or written: EACCES, ENOSPC, ENAMETOOLONG. */
function isOfFile(error: unknown): boolean {
  const { syscall, path } = Object(error) as { syscall?: unknown; path?: unknown }
  return error instanceof Error && typeof syscall === 'string' && typeof path === 'string'
}
