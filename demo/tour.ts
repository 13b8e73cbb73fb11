import type { PrismaClient } from '../generated/demo/client.ts'
import type { AsyncSession } from '../src/index.ts'
import type { Client } from './database.ts'
import type { Stage } from './stage.ts'
import type { StatementLog } from './statements.ts'
import { showDeletes } from './steps/deletes.ts'
import { showDirtyChecking } from './steps/dirty-checking.ts'
import { showFailedFlush } from './steps/failed-flush.ts'
import { showIdentity } from './steps/identity.ts'
import { showImport } from './steps/import.ts'
import { showOwnQueries } from './steps/own-queries.ts'
import { showRelations } from './steps/relations.ts'
import { showSavepoint } from './steps/savepoint.ts'
import type { WorldCountry } from './world.ts'

/** What the library does, one thing after the other. */
export async function takeTour(tour: Tour): Promise<void> {
  await showImport(tour)
  await showIdentity(tour)
  await showDirtyChecking(tour)
  await showRelations(tour)
  await showSavepoint(tour)
  await showOwnQueries(tour)
  await showFailedFlush(tour)
  await showDeletes(tour)
}

export interface Tour {
  readonly session: AsyncSession<PrismaClient>
  /** Shows what runs. */
  readonly stage: Stage
  /** What the session's client sends. */
  readonly log: StatementLog
  readonly world: readonly WorldCountry[]
  /** Another client of the same database: sees what is committed. */
  readonly outside: Client
}
