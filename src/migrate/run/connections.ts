import { ownModule } from '../../bridge/own-files.js'
import { modelsOf } from '../../driver/models.js'
import type { Models } from '../../model/model.js'
import { makeSession } from '../../proxy/create-session.js'
import { createSyncClient } from '../../sync.js'
import type { SyncClientHandle } from '../../types/index.js'
import { type AsyncClient, openClient, sqlOver } from '../open-client.js'
import type { Sql } from '../sql.js'
import type { ClientModule } from './job.js'
import type { Script } from './load-script.js'
import type { RunSession } from './script-run.js'
import { tellStatements } from './statement-log.js'
/** The clients of a run: the asynchronous one, and for synchronous scripts one that is made when the first needs it. */
export class Connections {
  /** Statements on the asynchronous client, outside any session. */
  readonly sql: Sql
  readonly #client: AsyncClient
  readonly #module: ClientModule
  readonly #isLogged: boolean
  #sync: SyncClientHandle<unknown> | null = null

  private constructor(client: AsyncClient, module: ClientModule, isLogged: boolean) {
    this.sql = sqlOver(client)
    this.#client = client
    this.#module = module
    this.#isLogged = isLogged
  }

  static async open(module: ClientModule, { isLogged = false } = {}): Promise<Connections> {
    const client = await openClient(module)
    if (isLogged) await tellStatements(client)
    return new Connections(client, module, isLogged)
  }

  /** Made when they are first needed: reading a schema takes a while. */
  get models(): Models {
    return modelsOf(this.#client)
  }

  session({ mode, transaction }: Pick<Script, 'mode' | 'transaction'>): RunSession {
    const options = transaction === 'none' ? { autobegin: false } : {}
    return makeSession(mode === 'sync' ? this.#syncClient() : this.#client, options) as RunSession
  }

  async close(): Promise<void> {
    this.#sync?.close()
    await this.#client.$disconnect()
  }

  #syncClient(): SyncClientHandle<unknown> {
    this.#sync ??= createSyncClient(this.#syncModule())
    return this.#sync
  }

  /** A module of ours that loads theirs. */
  #syncModule(): URL {
    const { client, exportName } = this.#module
    const url = ownModule('script-client', import.meta.url)
    url.searchParams.set('client', client)
    if (exportName !== null) url.searchParams.set('export', exportName)
    if (this.#isLogged) url.searchParams.set('logged', '')
    return url
  }
}
