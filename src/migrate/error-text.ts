import { inspect } from 'node:util'

/** The message of whatever was thrown, with the messages of its causes that it does not repeat. */
export function textOf(error: unknown): string {
  return withCauses(messageOf(error), error)
}

/** The same in one line, without the piece of source with which Prisma's messages begin. */
export function reasonOf(error: unknown): string {
  return withCauses(lastParagraph(messageOf(error)), error)
}

function withCauses(message: string, error: unknown): string {
  let text = message
  for (const { cause, isNext } of causesOf(error, deepest)) {
    const reason = lastParagraph(messageOf(cause))
    if (!inOneLine(text).includes(reason)) text += `${isNext ? '; ' : ': '}${reason}`
  }
  return text
}

/** Error.cause may be a circle. */
const deepest = 8

/** Causes of causes too. `isNext`: not the first one of an AggregateError, which has them in `errors`. */
function* causesOf(error: unknown, depth: number): Generator<{ readonly cause: unknown; readonly isNext: boolean }> {
  if (depth === 0) return
  const { errors } = Object(error) as ErrorLike
  const several = Array.isArray(errors) ? errors : []
  for (const [index, cause] of [...several, ...singleCauses(error)].entries()) {
    yield { cause, isNext: index > 0 && index < several.length }
    yield* causesOf(cause, depth - 1)
  }
}

/** A driver adapter's error has texts in its `cause`: what the database said, and why a pool gives no connection. */
function singleCauses(error: unknown): readonly unknown[] {
  const { cause, meta } = Object(error) as ErrorLike
  const ofDriver = cause instanceof Error ? {} : (Object(cause) as DriverCause)
  const found = [cause, ofDriver.originalMessage, ofDriver.cause, meta?.driverAdapterError]
  return found.filter((each) => each instanceof Error || typeof each === 'string')
}

interface ErrorLike {
  readonly errors?: unknown
  readonly cause?: unknown
  readonly meta?: { readonly driverAdapterError?: unknown }
}

interface DriverCause {
  readonly originalMessage?: unknown
  readonly cause?: unknown
}

/** An error without a message, as Node's for an address with several hosts, has its code. */
function messageOf(error: unknown): string {
  if (typeof error === 'string') return error
  if (!(error instanceof Error)) return inspect(error, { depth: 1, breakLength: Infinity })
  const { code } = error as { code?: unknown }
  return error.message.trim() || String(code ?? error)
}

function lastParagraph(message: string): string {
  const [last = ''] = message.split(/\n\s*\n/).slice(-1)
  return inOneLine(last)
}

function inOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim()
}
