import { randomUUID } from 'node:crypto'
import { Failure } from '../failure.js'
import { hasTable, type Io, isBusy, type Row, type Sql } from '../sql.js'
import { type Holder, inWords, keepingTime, type Lock, nobody } from './contract.js'

/**
 * A row with its owner and a heartbeat, for databases without a lock that dies with its holder. A holder is dead when its
 * process is gone, where that can be seen, or when its heart has not beaten for a while. It is the fence that makes this
 * safe: a transaction at work holds the row, so that nobody can take it before that transaction ends.
 */
export class LeaseLock implements Lock {
  readonly token = randomUUID()
  readonly #sql: Sql
  readonly #own: { readonly host: string; readonly pid: number; readonly command: string }

  constructor(sql: Sql, own: { host: string; pid: number; command: string }) {
    this.#sql = sql
    this.#own = own
  }

  async take(): Promise<Holder | null> {
    try {
      await createTable(this.#sql)
      const row = (await freeRow(this.#sql)) ?? (await madeRow(this.#sql))
      if (!row) return (await holderOf(this.#sql)) ?? nobody
      if (row.owner !== null && !isDead(row, this.#own.host)) return asHolder(row)
      return (await this.#takeFrom(row)) ? null : ((await holderOf(this.#sql)) ?? nobody)
    } catch (error) {
      if (!isBusy(error)) throw error
      return await seenHolder(this.#sql)
    }
  }

  async keep(isAtWork: boolean): Promise<void> {
    // It holds the row, and would keep us waiting for it: SQLite with our whole thread.
    if (isAtWork) return
    try {
      if (await leaseFence(this.#sql, this.token)) return
    } catch (error) {
      if (isBusy(error)) return // as long as our own script's transaction holds the row, nobody takes it
      throw error
    }
    throw new Error('its row belongs to somebody else')
  }

  async release(): Promise<void> {
    await this.#sql.execute(
      `UPDATE ${tableOf(this.#sql)} SET "owner" = NULL, "host" = NULL, "pid" = NULL, "command" = NULL, "taken_at" = NULL WHERE "id" = 1 AND "owner" = ?`,
      this.token,
    )
  }

  /** Only from the very holder that was seen to be dead. */
  async #takeFrom(row: Row): Promise<boolean> {
    const { milliseconds } = this.#sql.dialect
    const [condition, ...values] = row.owner === null ? ['"owner" IS NULL'] : ['"owner" = ?', row.owner]
    const changed = await this.#sql.execute(
      `UPDATE ${tableOf(this.#sql)} SET "owner" = ?, "host" = ?, "pid" = ?, "command" = ?, "taken_at" = ${milliseconds}, "heartbeat_at" = ${milliseconds}
        WHERE "id" = 1 AND ${condition} AND "heartbeat_at" = ?`,
      this.token,
      this.#own.host,
      this.#own.pid,
      this.#own.command,
      ...values,
      Number(row.heartbeat_at),
    )
    return changed > 0
  }
}

export function leaseFence(sql: Sql, token: string): Io<boolean> {
  const changed = sql.execute(
    `UPDATE ${tableOf(sql)} SET "heartbeat_at" = ${sql.dialect.milliseconds} WHERE "id" = 1 AND "owner" = ?`,
    token,
  )
  return typeof changed === 'number' ? changed > 0 : changed.then((count) => count > 0)
}

/** The runner that holds the lease; null when there is none or it is dead. */
export async function leaseHolder(sql: Sql, ownHost: string): Promise<Holder | null> {
  const row = await rowOf(sql)
  if (row?.owner == null) return null
  // An open transaction hides its heartbeat: a live process or a locked row shows the runner then.
  const isSeen = row.host === ownHost ? isAlive(Number(row.pid)) : !isDead(row, ownHost) || !(await freeRow(sql))
  return isSeen ? asHolder(row) : null
}

export async function forgetLease(sql: Sql): Promise<Holder | null> {
  const holder = await holderOf(sql)
  if (!holder) return null
  try {
    if (!(await freeRow(sql))) throw atWork(holder)
    await sql.execute(`UPDATE ${tableOf(sql)} SET "owner" = NULL WHERE "id" = 1`)
  } catch (error) {
    throw isBusy(error) ? atWork(holder) : error
  }
  return holder
}

function atWork(holder: Holder): Failure {
  return new Failure(
    'LOCKED',
    `${inWords(holder)} has a transaction open, and the lock is a part of it: wait until its page has ended, or end that process`,
  )
}

export const lockTable = '_prisma_session_lock'

function tableOf(sql: Sql): string {
  return sql.dialect.table(lockTable)
}

async function createTable(sql: Sql): Promise<void> {
  if (await hasTable(sql, lockTable)) return
  const { name, number } = sql.dialect.types
  await sql.execute(
    `CREATE TABLE IF NOT EXISTS ${tableOf(sql)} (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "owner" ${name},
      "host" ${name},
      "pid" ${number},
      "command" ${name},
      "taken_at" ${number},
      "heartbeat_at" ${number} NOT NULL
    )`,
  )
}

/** There is none yet, or it is locked: then none is made. */
async function madeRow(sql: Sql): Promise<Row | undefined> {
  if ((await sql.query(selectRow(sql))).length > 0) return undefined
  const ignore = sql.dialect.provider === 'mysql' ? 'IGNORE' : 'OR IGNORE'
  await sql.execute(`INSERT ${ignore} INTO ${tableOf(sql)} ("id", "heartbeat_at") VALUES (1, 0)`)
  return await freeRow(sql)
}

/** The row, unless a transaction at work holds it; where a server would have us wait for that, it is told not to. */
async function freeRow(sql: Sql): Promise<Row | undefined> {
  const ending = sql.dialect.provider === 'mysql' ? ' FOR UPDATE SKIP LOCKED' : ''
  return (await sql.query(`${selectRow(sql)}${ending}`))[0]
}

async function holderOf(sql: Sql): Promise<Holder | null> {
  const row = await rowOf(sql)
  return row?.owner == null ? null : asHolder(row)
}

/** The holder as far as it can be read: SQLite's file cannot be while a large transaction writes to it. */
async function seenHolder(sql: Sql): Promise<Holder> {
  try {
    return (await holderOf(sql)) ?? nobody
  } catch (error) {
    if (isBusy(error)) return nobody
    throw error
  }
}

async function rowOf(sql: Sql): Promise<Row | undefined> {
  return (await hasTable(sql, lockTable)) ? (await sql.query(selectRow(sql)))[0] : undefined
}

function selectRow(sql: Sql): string {
  return `SELECT "owner", "host", "pid", "command", "taken_at", "heartbeat_at", ${sql.dialect.milliseconds} AS now FROM ${tableOf(sql)} WHERE "id" = 1`
}

function asHolder({ pid, host, command, taken_at: since }: Row): Holder {
  return {
    pid: pid === null ? null : Number(pid),
    host: host as string | null,
    command: command as string | null,
    since: since === null ? null : new Date(Number(since)),
  }
}

/** Milliseconds without a heartbeat after which a holder that cannot be seen is dead. */
const patience = 5 * keepingTime

function isDead({ host, pid, heartbeat_at: heartbeat, now }: Row, ownHost: string): boolean {
  return Number(now) - Number(heartbeat) > patience || (host === ownHost && !isAlive(Number(pid)))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM' // somebody else's process
  }
}
