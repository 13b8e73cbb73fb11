import type { Steps } from '../../driver/effects.js'
import { ArgumentError, NotImplementedError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { checkOptionNames } from '../objects/keys.js'
import { usableTransaction } from '../transaction/in-transaction.js'
import { cursorPages } from './cursor-pages.js'
import { checkStatement, warnOfReread } from './execute.js'
import { keysetPages } from './keyset-pages.js'
import { isQuery, rawText } from './raw.js'
import type { Reading } from './reading.js'
import { Result } from './result.js'
import { isStatement } from './statements.js'
export interface StreamOptions {
  readonly yieldPer?: number
  readonly track?: boolean
  readonly signal?: AbortSignal
}

/** Begins to read a statement page by page. Mirrors `AsyncSession.stream()`. */
export function* stream(core: SessionCore, given: unknown, options: StreamOptions): Steps<Reading> {
  const payload = { statement: given, params: undefined }
  checkStreamable(core, given)
  usableTransaction(core)
  for (const answer of yield* core.events.emit('doExecute', payload))
    if (answer instanceof Result) return answer.reading
  const { statement } = payload
  checkStreamable(core, statement)
  // What cannot be paged is refused before anything is sent.
  const paged = isStatement(statement) && statement.kind === 'select' ? keysetPages(core, statement, options) : null
  yield* autoflush(core)
  const reading = paged ?? (yield* cursorPages(core, statement, options))
  warnOfReread(core, reading)
  return reading
}

/** Checks the options of `stream`. */
export function streamOptions(given: unknown): StreamOptions {
  checkOptionNames('stream', given, ['yieldPer', 'track', 'signal'])
  const { yieldPer, track, signal } = given ?? {}
  if (yieldPer !== undefined && !(Number.isInteger(yieldPer) && (yieldPer as number) > 0))
    throw new ArgumentError(`stream(): yieldPer is a number of rows from 1, not ${String(yieldPer)}`)
  if (track !== undefined && typeof track !== 'boolean')
    throw new ArgumentError(`stream(): track is true or false, not ${String(track)}`)
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== 'function')
    throw new ArgumentError('stream(): signal is an AbortSignal: new AbortController().signal')
  return (given ?? {}) as StreamOptions
}

function checkStreamable(core: SessionCore, statement: unknown): void {
  checkStatement(core, statement)
  if (isStatement(statement)) {
    if (statement.kind === 'select') return
    throw new ArgumentError(`stream() reads rows, ${statement.kind}() writes them: use execute()`)
  }
  if (!isQuery(rawText(statement)))
    throw new ArgumentError('stream() reads the rows of a query, and this SQL is none: use execute()')
  if (!core.provider.cursor)
    throw new NotImplementedError(
      `stream() of raw SQL needs a cursor of the database, which ${core.provider.name} does not have: use stream(select(…)), or execute() it with a LIMIT`,
    )
}
