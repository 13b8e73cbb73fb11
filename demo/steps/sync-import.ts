import type { PrismaClient } from '../../generated/demo/client.ts'
import type { SyncSession } from '../../src/index.ts'
import { importCountries } from '../import-countries.ts'
import type { Stage } from '../stage.ts'
import type { WorldCountry } from '../world.ts'

export function showSyncImport({ session, stage, world }: SyncTour & { world: readonly WorldCountry[] }): void {
  stage.step('The very same import function, run synchronously')
  const promise = importCountries(session, world)
  stage.ran('importCountries(session, world)')
  // An async function runs at once as far as its first wait, and here it has nothing to wait for.
  stage.value('countries, before its promise is looked at', session.getBind().country.count())
  stage.value('and the promise is', promise instanceof Promise ? 'not needed' : 'missing')
}

export interface SyncTour {
  readonly session: SyncSession<PrismaClient>
  readonly stage: Stage
}
