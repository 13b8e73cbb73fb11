/** Warns on the process, once for each kind. */
export function warnProcess(kind: WarningKind, message: string): void {
  if (warned.has(kind)) return
  warned.add(kind)
  process.emitWarning(message, 'PrismaSessionWarning')
}

/** The same at the end of the process, when nothing that waits is carried out any more. */
export function warnAtExit(kind: WarningKind, message: string): void {
  if (warned.has(kind)) return
  warned.add(kind)
  process.emit('warning', Object.assign(new Error(message), { name: 'PrismaSessionWarning' }))
}

/** False in production, where mistakes of the program are events only. */
export function warnsOfMistakes(): boolean {
  return process.env.NODE_ENV !== 'production'
}

export type WarningKind = 'dropped' | 'idle' | 'unsaved' | 'lateChange' | 'reread'

const warned = new Set<WarningKind>()
