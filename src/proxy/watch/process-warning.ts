import type { Mistake } from '../../session/core.js'

/** Warns on the process, once for each kind. */
export function warnProcess(kind: WarningKind, message: string): void {
  if (warned.has(kind)) return
  warned.add(kind)
  if (!isEnding) process.emitWarning(message, name)
  else process.emit('warning', Object.assign(new Error(message), { name }))
}

/** Tells of the error of a listener that nobody waits for: it must not end the process. */
export function warnOfError(error: unknown): void {
  process.emitWarning(`a listener of a session failed: ${error instanceof Error ? error.stack : String(error)}`, name)
}

type WarningKind = 'dropped' | 'idle' | 'givenUp' | 'waiting' | Mistake

const name = 'PrismaSessionWarning'
const warned = new Set<WarningKind>()

/** False in production, where mistakes of the program are events only. */
export function warnsOfMistakes(): boolean {
  return process.env.NODE_ENV !== 'production'
}

/** Calls `last` when the process ends. What waits for a turn, as emitWarning() does, is not carried out from then on. */
export function atExit(last: () => void): void {
  process.on('exit', () => {
    isEnding = true
    last()
  })
}

let isEnding = false
