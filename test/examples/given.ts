import { AsyncResource } from 'node:async_hooks'
import { setTimeout } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import type { PrismaClient } from '../helpers/clients.js'
import type { Database, databases } from '../helpers/databases.js'
import { openTransactions } from '../helpers/open-transactions.js'
import type { App } from './apps.js'

type Row = (typeof databases)[number]
type Session = ReturnType<App['scope']['current']>

/** An application over a database of its own, which the test looks into. */
export class Given {
  readonly app: App
  /** The application's. */
  readonly client: PrismaClient
  /** The test's own: sees what is committed. */
  readonly raw: PrismaClient
  /** The scopes so far. Each settles when its session is closed. */
  readonly scopes: Promise<unknown>[] = []
  readonly #isOpen: (() => boolean)[] = []
  /** Called where a service begins a transaction, or joins one. */
  beforeTransaction: (session: Session) => unknown = () => {}
  /** Called inside it, when the service is done. */
  inTransaction: (session: Session) => unknown = () => {}

  private constructor(app: App, client: PrismaClient, raw: PrismaClient) {
    this.app = app
    this.client = client
    this.raw = raw
    const { scope } = app
    const [run, transaction] = [scope.run.bind(scope), scope.transaction.bind(scope)]
    scope.run = (fn) => {
      const ended = run(() => {
        this.#isOpen.push(AsyncResource.bind(() => isOpen(scope)))
        return fn()
      })
      this.scopes.push(ended)
      return ended
    }
    scope.transaction = async (fn, options) => {
      const session = scope.current()
      await this.beforeTransaction(session)
      return transaction(async () => {
        const value = await fn()
        await this.inTransaction(session)
        return value
      }, options) as Promise<never>
    }
  }

  static async over(t: ExecutionContext, row: Row, start: (client: PrismaClient) => Promise<App>): Promise<Given> {
    const database: Database = await row.create('test')
    const [client, raw] = [database.connect(), database.connect()]
    const app = await start(client)
    t.teardown(async () => {
      await app.stop()
      for (const each of [client, raw]) await database.release(each)
      await database.drop()
    })
    return new Given(app, client, raw)
  }

  request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const headers = { 'content-type': 'application/json' }
    const json = body === undefined ? {} : { body: JSON.stringify(body), headers }
    return fetch(this.app.url + path, { method, ...json, signal: signal ?? null })
  }

  async names(): Promise<string[]> {
    return (await this.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name)
  }

  /** Waits until no scope is to be used any more. Its session may be waiting for its turn to close. */
  async allEnded(): Promise<void> {
    for (let waits = 0; waits < 1000 && this.#isOpen.some((isOpen) => isOpen()); waits++) await setTimeout(2)
  }

  /** Every session is closed, no transaction is open, and every connection of the pool can be had, all at once. */
  async allGivenBack(t: ExecutionContext, row: Row): Promise<void> {
    const ended = await Promise.race([Promise.all(this.scopes), setTimeout(5000)])
    if (!ended) return t.fail('a scope has not ended')
    t.is(await openTransactions(this.raw, row.name), 0)
    const meeting = new Meeting(row.name === 'postgresql' ? 4 : 1)
    const holding = Array.from({ length: meeting.size }, () =>
      this.client.$transaction(async (tx) => {
        await tx.user.count()
        await meeting.join()
      }),
    )
    await t.notThrowsAsync(Promise.all(holding))
  }
}

function isOpen(scope: App['scope']): boolean {
  try {
    return Boolean(scope.current())
  } catch {
    return false
  }
}

/** Where each waits until all are there. */
export class Meeting {
  readonly size: number
  readonly isFull: Promise<void>
  #count = 0
  #begin = () => {}

  constructor(size: number) {
    this.size = size
    this.isFull = new Promise((resolve) => {
      this.#begin = resolve
    })
  }

  join(): Promise<void> {
    if (++this.#count === this.size) this.#begin()
    return this.isFull
  }
}
