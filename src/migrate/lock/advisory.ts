import { HeldTransaction } from '../../driver/held-transaction.js'
import type { Dialect, Io, RawTarget, Sql } from '../sql.js'
import { type Holder, type Lock, nobody } from './contract.js'
/**
 * PostgreSQL's own lock, held by a transaction that stays open: it is gone when the connection is, whatever happens to the
 * process, and it works behind a pooler that gives out connections by the transaction.
 */
export class AdvisoryLock implements Lock {
  token = ''
  readonly #client: object
  readonly #sql: Sql
  readonly #label: string
  #held: HeldTransaction | null = null

  constructor(client: object, sql: Sql, own: { host: string; pid: number; command: string }) {
    this.#client = client
    this.#sql = sql
    // 63 bytes are kept of it.
    this.#label = `${applicationName}:${own.pid}:${own.host.slice(0, 20)}:${own.command}`
  }

  async take(): Promise<Holder | null> {
    const held = await HeldTransaction.open(this.#client, { maxWait: 10_000, timeout: longest })
    const sql = this.#sql.over(held.client as RawTarget)
    const holder = await takeAdvisory(sql)
    if (holder) {
      await held.rollback()
      return holder
    }
    // It idles in its transaction on purpose.
    const [row] = await sql.query(
      "SELECT pg_backend_pid() AS pid, set_config('application_name', ?, true), set_config('idle_in_transaction_session_timeout', '0', true)",
      this.#label,
    )
    this.token = String(row?.pid)
    this.#held = held
    return null
  }

  async keep(): Promise<void> {
    const client = this.#held?.client as RawTarget | undefined
    await client?.$queryRawUnsafe('SELECT 1 AS here')
  }

  async release(): Promise<void> {
    await this.#held?.rollback()
    this.#held = null
  }
}

/** Takes the lock for a transaction, or says who has it: a runner, or what a runner that has lost it has still at work. */
export async function takeAdvisory(sql: Sql): Promise<Holder | null> {
  const key = runnerKey(sql.dialect)
  const [row] = await sql.query('SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0)) AS taken', key)
  if (!row?.taken) return (await holderOf(sql, key)) ?? nobody
  // Nobody else can begin such work now, which takes the lock first.
  return await holderOf(sql, workKey(sql.dialect))
}

/**
 * Whether the lock is still held by our runner; and a second lock is taken, that of transactions at work, so that whoever
 * takes the first from us cannot begin before this transaction has ended.
 */
export function advisoryFence(sql: Sql, token: string): Io<boolean> {
  const answer = sql.query(
    `SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0)) AND EXISTS (
      SELECT 1 FROM pg_locks WHERE ${isLock} AND pid = CAST(? AS INTEGER)) AS passed`,
    workKey(sql.dialect),
    runnerKey(sql.dialect),
    token,
  )
  const passed = (rows: readonly Readonly<Record<string, unknown>>[]) => rows[0]?.passed === true
  return 'then' in answer ? answer.then(passed) : passed(answer)
}

/** The runner that holds the lock, or a transaction that outlives its lock; null when there is none. */
export async function advisoryHolder(sql: Sql): Promise<Holder | null> {
  return (await holderOf(sql, runnerKey(sql.dialect))) ?? (await holderOf(sql, workKey(sql.dialect)))
}

export async function forgetAdvisory(sql: Sql): Promise<Holder | null> {
  const holder = await holderOf(sql, runnerKey(sql.dialect))
  if (holder) await sql.query('SELECT pg_terminate_backend(CAST(? AS INTEGER))', holder.backend)
  return holder
}

async function holderOf(sql: Sql, key: string): Promise<(Holder & { readonly backend: number }) | null> {
  const [row] = await sql.query(
    `SELECT pid, application_name, ${sql.dialect.asUtc('xact_start')} AS since FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE ${isLock}`,
    key,
  )
  if (!row) return null
  const [name, pid, host, ...command] = String(row.application_name).split(':')
  const isOurs = name === applicationName
  return {
    pid: isOurs ? Number(pid) : null,
    host: isOurs ? (host ?? null) : null,
    command: isOurs ? command.join(':') : null,
    since: row.since === null ? null : new Date(Number(row.since)),
    backend: Number(row.pid),
  }
}

const applicationName = 'prisma-session'

/** Milliseconds: as long as Prisma's timers go. */
const longest = 2147483647

const isLock = `locktype = 'advisory' AND granted AND objsubid = 1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND ((CAST(classid AS BIGINT) << 32) | CAST(objid AS BIGINT)) = hashtextextended(?, 0)`

function runnerKey({ schema }: Dialect): string {
  return `prisma-session runner ${schema}`
}

function workKey({ schema }: Dialect): string {
  return `prisma-session work ${schema}`
}
