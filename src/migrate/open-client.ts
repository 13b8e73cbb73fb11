import { loadClient } from '../driver/load-client.js'
import { factsOf, providerOf } from '../driver/prisma-internals.js'
import { reasonOf, textOf } from './error-text.js'
import { Failure } from './failure.js'
import type { ClientModule } from './run/job.js'
import { dialectFor, isBusy, type RawTarget, Sql } from './sql.js'
import { waitForWriters } from './wait-for-writers.js'

/** The client of a module. Says which module it was when there is none. */
export async function openClient({ client, exportName }: ClientModule): Promise<AsyncClient> {
  try {
    const loaded = (await loadClient(client, exportName)) as AsyncClient
    await waitForWriters(loaded)
    return loaded
  } catch (cause) {
    throw new Failure(
      'FAILED',
      `no client: ${textOf(cause)}. It is the module that --client names; of an export that is called otherwise, --client <module>#<name>`,
      { cause },
    )
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

export type AsyncClient = RawTarget & { $disconnect(): Promise<void> }
