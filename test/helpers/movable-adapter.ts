import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'

/**
 * An adapter of a file database whose client moves from one file to the next: a client takes ten times as long to make as
 * a file takes to open. The client sees one connection all the time.
 */
export class MovableAdapter implements SqlDriverAdapterFactory {
  readonly provider: SqlDriverAdapterFactory['provider']
  readonly adapterName: string
  readonly #make: (url: string) => SqlDriverAdapterFactory
  #url: string
  #isReleased = false
  #connection: Promise<SqlDriverAdapter> | null = null

  constructor(make: (url: string) => SqlDriverAdapterFactory, url: string) {
    const { provider, adapterName } = make(url)
    this.provider = provider
    this.adapterName = adapterName
    this.#make = make
    this.#url = url
  }

  /** Goes to another file, which is opened at the next statement. */
  moveTo(url: string): void {
    this.#url = url
    this.#isReleased = false
  }

  /** Closes the present file, and refuses statements until the next one: a test left something running. */
  async release(): Promise<void> {
    this.#isReleased = true
    await this.#close()
  }

  /** What was open on the file is rolled back. */
  async #close(): Promise<void> {
    const connection = this.#connection
    this.#connection = null
    await (await connection)?.dispose()
  }

  async connect(): Promise<SqlDriverAdapter> {
    const { getConnectionInfo } = await this.#open()
    return {
      provider: this.provider,
      adapterName: this.adapterName,
      queryRaw: async (query) => (await this.#open()).queryRaw(query),
      executeRaw: async (query) => (await this.#open()).executeRaw(query),
      executeScript: async (script) => (await this.#open()).executeScript(script),
      startTransaction: async (level) => (await this.#open()).startTransaction(level),
      dispose: () => this.#close(),
      ...(getConnectionInfo && { getConnectionInfo }),
    }
  }

  async #open(): Promise<SqlDriverAdapter> {
    if (this.#isReleased) throw new Error('a statement was sent after the test had released its client')
    this.#connection ??= opened(this.#make(this.#url))
    return this.#connection
  }
}

/** Without waiting for the disk: no test looks for what a crash of the machine would lose. */
async function opened(factory: SqlDriverAdapterFactory): Promise<SqlDriverAdapter> {
  const connection = await factory.connect()
  await connection.executeScript('PRAGMA synchronous = OFF')
  return connection
}
