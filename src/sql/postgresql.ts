import { setTimeout as wait } from 'node:timers/promises'
import { Failure } from '../migrate/failure.js'
import { type Adapter, cannotSend, type Sender } from './sender.js'
import { serverSender } from './server-sender.js'
/** By the simple protocol of pg, which takes a text of many statements, function bodies and all, as the server reads it. */
export async function openPostgresql(adapter: Adapter, schema: string, patience: number): Promise<Sender> {
  const pool = adapter.client as Pool | undefined
  if (typeof pool?.connect !== 'function') throw cannotSend(adapter, 'pg')
  const connection = await pool.connect()
  connection.on('error', () => {}) // what is being sent then fails, and says why
  const path = `SET search_path TO "${schema.replaceAll('"', '""')}"`
  const close = async () => {
    connection.release(true) // with all that a file has set in it, and the lock
    await adapter.dispose()
  }
  try {
    await takePrismasLock(connection, patience)
  } catch (error) {
    connection.release(true)
    throw error
  }
  const send = async (text: string) => {
    await connection.query(text)
  }
  return serverSender(send, close, {
    prepare: `RESET ALL; ${path}`,
    // With a COMMIT of its own a part of it stays.
    goesAlone: (error, file) => (error as { code?: unknown }).code === activeTransaction && !/\bCOMMIT\b/i.test(file),
  })
}

interface Pool {
  connect(): Promise<Connection>
}

interface Connection {
  query(text: string): Promise<{ rows: Record<string, unknown>[] }>
  release(destroy: boolean): void
  on(event: 'error', listener: () => void): void
}

/** The one that Prisma's schema engine takes, so that it and we do not migrate at once, nor two of us. */
async function takePrismasLock(connection: Connection, patience: number): Promise<void> {
  for (const until = Date.now() + patience; ; await wait(200)) {
    const { rows } = await connection.query('SELECT pg_try_advisory_lock(72707369) AS taken')
    if (rows[0]?.taken) return
    if (Date.now() > until)
      throw new Failure(
        'LOCKED',
        'prisma migrate, or another prisma-session sql up, is at work on this database: wait until it has ended',
      )
  }
}

/** CREATE INDEX CONCURRENTLY and its like. */
const activeTransaction = '25001'
