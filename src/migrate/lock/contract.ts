/** The lock that one runner holds while it works: whoever dies loses it. */
export interface Lock {
  /** What a transaction shows at the fence; known once it is taken. */
  readonly token: string
  /** Takes it, or says who has it. */
  take(): Promise<Holder | null>
  /** To be called every few seconds. Throws when the lock is somebody else's by now. `isAtWork`: a transaction is behind the fence. */
  keep(isAtWork: boolean): Promise<void>
  release(): Promise<void>
}

export interface Holder {
  readonly pid: number | null
  readonly host: string | null
  readonly command: string | null
  readonly since: Date | null
}

/** Milliseconds between two calls of `keep`. */
export const keepingTime = 2000

/** Somebody who has let go of it while we asked, or has only just taken it. */
export const nobody: Holder = { pid: null, host: null, command: null, since: null }

export function inWords({ pid, host, command, since }: Holder): string {
  const who = pid === null ? 'another process' : `process ${pid}${host === null ? '' : ` on ${host}`}`
  const what = command === null ? '' : ` (${command})`
  return `${who}${what}${since === null ? '' : `, since ${since.toISOString()}`}`
}
