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

/** Causes of causes too. `isNext`: not the first one of several. */
function* causesOf(error: unknown, depth: number): Generator<{ readonly cause: unknown; readonly isNext: boolean }> {
  if (depth === 0) return
  for (const [index, cause] of directCauses(error).entries()) {
    yield { cause, isNext: index > 0 }
    yield* causesOf(cause, depth - 1)
  }
}

/** Those of AggregateError are in `errors`. Driver adapters keep the reason of a pool that gives no connection as text. */
function directCauses(error: unknown): readonly unknown[] {
  const { errors, cause, meta } = Object(error) as ErrorLike
  const found = Array.isArray(errors) ? [...errors] : []
  const driver = meta?.driverAdapterError?.cause?.cause
  return [...found, cause, driver].filter((each) => each instanceof Error || typeof each === 'string')
}

interface ErrorLike {
  readonly errors?: unknown
  readonly cause?: unknown
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: { readonly cause?: unknown } } }
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
