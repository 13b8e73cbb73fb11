import { BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads'
import type { SqlDriverAdapter, SqlDriverAdapterFactory, SqlQuery, SqlQueryable } from '@prisma/driver-adapter-utils'
import { adapterOf } from '../../driver/prisma-internals.js'
import { committingWords } from '../../session/statements/transaction-sql.js'
import { Failure } from '../failure.js'
import { ledgerTable } from '../ledger.js'
import type { SentStatement } from './events.js'
/**
 * What a dry run has sent, collected from the driver adapters of this process's clients, which may be in other threads and
 * whose callers may be blocked: each statement is broadcast, and waits here until it is asked for.
 */
export class StatementLog {
  readonly #channel = new BroadcastChannel(channelName)
  #heard: Sent[] = []

  constructor() {
    this.#channel.onmessage = (event) => this.#heard.push((event as { data: Sent }).data)
    this.#channel.unref()
  }

  /** What has come since the last time, the same texts together, in the order of the first of each. */
  take(): SentStatement[] {
    // Those that the event loop, which a synchronous script does not let run, has not come to.
    for (let next = receive(this.#channel); next; next = receive(this.#channel)) this.#heard.push(next.message as Sent)
    const found = new Map<string, SentStatement>()
    for (const { sql, rows } of this.#heard.splice(0)) {
      const known = found.get(sql)
      found.set(sql, { sql, times: (known?.times ?? 0) + 1, rows: (known?.rows ?? 0) + rows })
    }
    return [...found.values()]
  }
}

/** Has a client tell of what it sends. */
export async function tellStatements(client: object): Promise<void> {
  const factory = adapterOf(client) as Pick<SqlDriverAdapterFactory, 'connect'> | null
  if (!factory) {
    throw new Failure(
      'USAGE',
      'a dry run needs a client that was made with a driver adapter, which it asks what was sent: new PrismaClient({ adapter })',
    )
  }
  await (client as { $disconnect(): Promise<void> }).$disconnect() // its module may have connected it; it does so again
  const connect = factory.connect.bind(factory)
  const channel = new BroadcastChannel(channelName)
  channel.unref()
  const tell = (sql: string, rows: number) => {
    if (!isOwn(sql)) channel.postMessage({ sql: sql.replace(/\s+/g, ' ').trim(), rows } satisfies Sent)
  }
  factory.connect = async () => told(await connect(), tell)
}

type Tell = (sql: string, rows: number) => void

function told(adapter: SqlDriverAdapter, tell: Tell): SqlDriverAdapter {
  tellQueries(adapter, tell)
  const startTransaction = adapter.startTransaction.bind(adapter)
  adapter.startTransaction = async (...args) => {
    const transaction = await startTransaction(...args)
    tellQueries(transaction, tell)
    return transaction
  }
  return adapter
}

function tellQueries(target: SqlQueryable, tell: Tell): void {
  const queryRaw = target.queryRaw.bind(target)
  const executeRaw = target.executeRaw.bind(target)
  target.queryRaw = async (query: SqlQuery) => {
    refuseCommitting(target, query)
    const result = await queryRaw(query)
    tell(query.sql, result.rows.length)
    return result
  }
  target.executeRaw = async (query: SqlQuery) => {
    refuseCommitting(target, query)
    const rows = await executeRaw(query)
    tell(query.sql, rows)
    return rows
  }
}

/** MySQL and MariaDB commit before and after them, and with them all that a dry run has done. */
function refuseCommitting({ provider }: SqlQueryable, { sql }: SqlQuery): void {
  if (provider !== 'mysql' || committingWords(sql) === null) return
  throw new Failure(
    'FAILED',
    `a dry run cannot send what MySQL and MariaDB commit by themselves, and with it all that was tried: ${sql.slice(0, 80)}`,
  )
}

/** Transactions, and what this library asks for itself. */
function isOwn(sql: string): boolean {
  return /^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET TRANSACTION|START)\b/i.test(sql) || sql.includes(ledgerTable)
}

interface Sent {
  readonly sql: string
  readonly rows: number
}

function receive(channel: BroadcastChannel): { message: unknown } | undefined {
  return receiveMessageOnPort(channel as unknown as Parameters<typeof receiveMessageOnPort>[0]) as
    | { message: unknown }
    | undefined
}

const channelName = 'prisma-session statements'
