import type { DatabaseEffect, Outcome } from '../../driver/effects.js'
import { SessionError } from '../../errors.js'
import type { SessionCore } from '../../session/core.js'
import { CallSite } from './call-site.js'
import { warnProcess } from './process-warning.js'
/** The connection that a session's transaction holds: since when, from where, and how long it has been idle. */
export class HeldConnection {
  readonly #core: SessionCore
  readonly #pool: object
  #since: number | null = null
  #lastUse = 0
  /** When the effect under way was begun, or null. */
  #busySince: number | null = null
  /** Something else than the session's own calls uses the connection. */
  #isLent = false
  #timer: NodeJS.Timeout | null = null

  constructor(core: SessionCore, pool: object) {
    this.#core = core
    this.#pool = pool
  }

  /** Remembers where a call comes from that may begin a transaction; `ownFrames` as for CallSite. */
  noteCaller(ownFrames: number): void {
    const { isOutside, face, transaction } = this.#core
    if (this.#since !== null || isOutside || (transaction && callers.has(face))) return
    const site = CallSite.capture(this.noteCaller, ownFrames)
    if (site) callers.set(face, site)
    else callers.delete(face)
  }

  /** A call is on its way to the database. */
  started(): void {
    this.#busySince = performance.now()
  }

  /** Calls `tell` once an effect has had no answer for `ms`, counted from now at the earliest. */
  whenSilent(ms: number, tell: () => void): { stop(): void } {
    const start = performance.now()
    const check = () => {
      const left = ms - (this.#busySince === null ? 0 : performance.now() - Math.max(start, this.#busySince))
      if (left <= 0) tell()
      else timer = setTimeout(check, Math.ceil(left)).unref()
    }
    let timer = setTimeout(check, ms).unref()
    return { stop: () => clearTimeout(timer) }
  }

  /** Runs what uses the connection past the session's own calls. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#isLent = true
    try {
      return await work()
    } finally {
      this.#isLent = false
      this.#lastUse = performance.now()
    }
  }

  /** It is done. An error that says that no connection is free says from now on who has them. */
  settled({ kind }: DatabaseEffect, outcome: Outcome): void {
    this.#busySince = null
    this.#lastUse = performance.now()
    if (kind === 'commit' || kind === 'rollback') this.release()
    else if (!outcome.ok) explainExhaustion(outcome.error, this.#pool)
    else if (kind === 'begin') this.#hold()
    else if (kind === 'operations' && this.#since === null) {
      for (const each of outcome.value as readonly Outcome[]) if (!each.ok) explainExhaustion(each.error, this.#pool)
    }
  }

  /** The transaction is over. */
  release(): void {
    if (this.#since === null) return
    this.#since = null
    callers.delete(this.#core.face)
    holders.get(this.#pool)?.delete(this)
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  get since(): number {
    return this.#since ?? performance.now()
  }

  /** `12.3 s ago at /app/users.ts:12:5, idle for 12.3 s`. */
  get summary(): string {
    const idle = this.#isBusy ? 'busy' : `idle for ${seconds(this.#lastUse)}`
    return `${this.#beginning}, ${idle}`
  }

  /** Where its transaction began, if that was noted. */
  get place(): string | null {
    return callers.get(this.#core.face)?.place ?? null
  }

  get #isBusy(): boolean {
    return this.#isLent || this.#busySince !== null
  }

  get #beginning(): string {
    return `${seconds(this.since)} ago${this.place ? ` at ${this.place}` : ''}`
  }

  #hold(): void {
    if (this.#core.isOutside) return
    this.#since = this.#lastUse
    const others = holders.get(this.#pool)
    if (others) others.add(this)
    else holders.set(this.#pool, new Set([this]))
    this.#watch(this.#core.options.idleWarning)
  }

  #watch(ms: number | false): void {
    if (ms === false) return
    this.#timer = setTimeout(() => this.#checkIdle(), ms)
    this.#timer.unref()
  }

  #checkIdle(): void {
    const limit = this.#core.options.idleWarning as number
    const idle = this.#isBusy ? 0 : performance.now() - this.#lastUse
    if (this.#core.transaction?.root.isHandedOut) return // who uses connection() is not seen here
    if (idle < limit) {
      this.#watch(Math.max(1, Math.ceil(limit - idle)))
      return
    }
    const message = `A transaction has been idle for ${seconds(this.#lastUse)} and holds a connection. It began ${this.#beginning}. Call commit(), rollback() or close() when its work is done, or raise idleWarning.`
    this.#core.events.announce('warning', { message })
    warnProcess('idle', message)
  }
}

/**
 * By the proxy that users hold, and for as long as they do: a stack keeps its functions alive, and what they know, the
 * session among it.
 */
const callers = new WeakMap<object, CallSite>()

/** Those of each client. */
const holders = new WeakMap<object, Set<HeldConnection>>()

/** Says beside an error's own text which sessions have the connections, where it tells that none was free. */
export function explainExhaustion(error: unknown, pool: object): void {
  const held = [...(holders.get(pool) ?? [])]
  if (held.length === 0 || !(error instanceof Error) || !saysExhausted(error)) return
  const oldest = held.reduce((a, b) => (a.since <= b.since ? a : b))
  const who =
    held.length === 1
      ? '1 session of this client holds a transaction'
      : `${held.length} sessions of this client hold a transaction`
  const place = oldest.place === null ? held.find((each) => each.place !== null)?.place : null
  const another = place ? ` Another began at ${place}.` : ''
  const detail = `${who}. ${held.length === 1 ? 'It' : 'The oldest'} began ${oldest.summary}.${another} A transaction holds its connection until commit(), rollback() or close(): open sessions with \`await using\`, and use autobegin: 'write' for sessions that mostly read.`
  const { message, stack } = error
  error.message = `${message}\n\n${detail}`
  if (stack?.includes(message)) error.stack = stack.replace(message, () => error.message)
}

/** Tells the listeners of the session, and the process once. */
export function warnOfGivenUp({ events, options }: SessionCore): void {
  const message = `The database has not answered for ${options.closeTimeout} ms while a session was being closed: its connection was given up, and its transaction with it. Raise closeTimeout where a rollback takes longer.`
  events.announce('warning', { message })
  warnProcess('givenUp', message)
}

/** Tells the listeners of the session, and the process once, of calls that wait for code of the user's. */
export function warnOfWaiting({ events }: SessionCore, message: string): void {
  events.announce('warning', { message })
  warnProcess('waiting', message)
}

/** P2028: not begun within maxWait. P2037: the server has too many. The drivers' pools say it in words. */
function saysExhausted(error: Error): boolean {
  const { code } = error as { code?: unknown }
  if (error instanceof SessionError) return false
  return code === 'P2028' || code === 'P2037' || exhausted.test(error.message)
}

/** Of the pools of pg and mariadb, and of the servers. */
const exhausted = /timeout exceeded when trying to connect|pool timeout|too many (?:clients|connections)/i

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}
