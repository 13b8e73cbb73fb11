import { loadClient } from '../../driver/load-client.js'
import { adapterOf, factsOf, modelsOf, providerOf } from '../../driver/prisma-internals.js'
import type { Models } from '../../model/model.js'
import { makeSession } from '../../proxy/create-session.js'
import { createSyncClient } from '../../sync.js'
import type { SyncClientHandle } from '../../types/index.js'
import { Failure, textOf } from '../failure.js'
import { dialectFor, isBusy, type RawTarget, Sql } from '../sql.js'
import type { ClientModule } from './job.js'
import type { Script } from './load-script.js'
import type { RunSession } from './script-run.js'
import { tellStatements } from './statement-log.js'
/** The clients of a run: the asynchronous one, and for synchronous scripts one that is made when the first needs it. */
export class Connections {
  readonly models: Models
  /** Statements on the asynchronous client, outside any session. */
  readonly sql: Sql
  readonly #client: AsyncClient
  readonly #module: ClientModule
  readonly #isLogged: boolean
  #sync: SyncClientHandle<unknown> | null = null

  private constructor(client: AsyncClient, module: ClientModule, isLogged: boolean) {
    this.models = modelsOf(client)
    this.sql = sqlOver(client)
    this.#client = client
    this.#module = module
    this.#isLogged = isLogged
  }

  static async open(module: ClientModule, { isLogged = false } = {}): Promise<Connections> {
    const client = await openClient(module)
    if (isLogged && adapterOf(client)) tellStatements(client)
    return new Connections(client, module, isLogged)
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
    const { client, exportName } = this.#module
    const url = new URL(client)
    this.#sync ??= this.#isLogged
      ? createSyncClient(loggedClient(client, exportName))
      : createSyncClient(url, exportName === null ? {} : { export: exportName })
    return this.#sync
  }
}

export type AsyncClient = RawTarget & { $disconnect(): Promise<void> }

/** The client of a module. Says which module it was when there is none. */
export async function openClient({ client, exportName }: ClientModule): Promise<AsyncClient> {
  try {
    return (await loadClient(client, exportName)) as AsyncClient
  } catch (cause) {
    throw new Failure('FAILED', `no client: ${textOf(cause)}. It is the module that --client names`, { cause })
  }
}

export function sqlOver(client: AsyncClient): Sql {
  return new Sql(client, dialectFor(providerOf(client), factsOf(client).schema))
}

/** The first question to the database: that it does not answer is told in one line. */
export async function reach<T>(module: ClientModule, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    if (isBusy(cause)) {
      throw new Failure(
        'LOCKED',
        `another process is writing to the database of ${module.client}, and keeps it to itself. Nothing was run; run the same command when that has ended`,
        { cause },
      )
    }
    throw new Failure(
      'FAILED',
      `the database of ${module.client} does not answer: ${reasonOf(cause)}. Nothing was run; see that its server runs and that the client's URL and rights are right`,
      { cause },
    )
  }
}

/** Prisma's message begins with the place of the call, in our own code. */
function reasonOf(cause: unknown): string {
  const lines = textOf(cause)
    .split('\n')
    .map((line) => line.trim())
  const text = lines.filter(Boolean).at(-1) ?? ''
  const { code } = (cause ?? {}) as { code?: unknown }
  return text === '' || text === 'Error' ? String(code ?? cause) : text
}

/** A module of ours that loads theirs and has it tell of its statements. */
function loggedClient(client: string, exportName: string | null): URL {
  const isSource = import.meta.url.endsWith('.ts')
  const url = new URL(isSource ? '../../logged-client.ts' : './logged-client.js', import.meta.url)
  url.searchParams.set('client', client)
  if (exportName !== null) url.searchParams.set('export', exportName)
  return url
}
