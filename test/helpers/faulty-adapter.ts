import {
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type Transaction,
} from '@prisma/driver-adapter-utils'

/** An adapter of which a statement fails, as the database's own would: without having done anything. */
export class FaultyAdapter implements SqlDriverAdapterFactory {
  readonly provider: SqlDriverAdapterFactory['provider']
  readonly adapterName: string
  readonly #adapter: SqlDriverAdapterFactory
  #isDue: (sql: string) => boolean = () => false
  #error: DriverAdapterError | null = null
  /** How many statements have failed. */
  happened = 0

  constructor(adapter: SqlDriverAdapterFactory) {
    this.provider = adapter.provider
    this.adapterName = adapter.adapterName
    this.#adapter = adapter
  }

  /** Fails the nth statement of a transaction from now, but for COMMIT and ROLLBACK, after which Prisma's adapters are stuck. */
  fail(nth: number, cause: DriverAdapterError['cause']): void {
    let left = nth
    this.#isDue = (sql) => !/^(?:COMMIT|ROLLBACK$|BEGIN)/.test(sql) && --left === 0
    this.#error = new DriverAdapterError(cause)
  }

  /** Fails the next statement that begins so. */
  failAt(text: string, cause: DriverAdapterError['cause']): void {
    this.#isDue = (sql) => sql.startsWith(text)
    this.#error = new DriverAdapterError(cause)
  }

  calm(): void {
    this.#error = null
  }

  async connect(): Promise<SqlDriverAdapter> {
    const connection = await this.#adapter.connect()
    const { startTransaction } = connection
    connection.startTransaction = async (level) => this.#faulty(await startTransaction.call(connection, level))
    return connection
  }

  #faulty(transaction: Transaction): Transaction {
    for (const name of ['queryRaw', 'executeRaw'] as const) {
      const send = transaction[name].bind(transaction) as (query: { sql: string }) => Promise<never>
      transaction[name] = async (query: { sql: string }) => {
        this.#check(query.sql)
        return send(query)
      }
    }
    return transaction
  }

  #check(sql: string): void {
    const error = this.#error
    if (!error || !this.#isDue(sql)) return
    this.#error = null
    this.happened++
    throw error
  }
}
