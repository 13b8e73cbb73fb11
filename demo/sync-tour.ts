import type { PrismaClient } from '../generated/demo/client.ts'
import { createSession } from '../src/index.ts'
import { createSyncClient } from '../src/sync.ts'
import { createDatabase } from './database.ts'
import { Stage } from './stage.ts'
import type { Statement } from './statements.ts'
import { showRunSync } from './steps/run-sync.ts'
import { showSyncImport } from './steps/sync-import.ts'
import { showSyncReading } from './steps/sync-reading.ts'
import type { Tour } from './tour.ts'

/** The same without `await`: a synchronous session over a client in a worker, on a database of its own at `file`. */
export async function takeSyncTour(tour: Tour, file: string): Promise<void> {
  await createDatabase(file)
  const module = new URL('./sync-client.ts', import.meta.url)
  module.searchParams.set('file', file)

  tour.stage.step('A synchronous client: a worker owns the PrismaClient')
  using client = await tour.stage.run(
    "const client = createSyncClient(new URL('./sync-client.ts', import.meta.url))",
    () => createSyncClient<PrismaClient>(module),
  )
  using session = createSession(client)
  const sent: Statement[] = []
  session.on('afterBegin', () => sent.push({ query: 'BEGIN', params: '[]' }))
  const { $sent } = client as unknown as { $sent(): Statement[] }
  const stage = new Stage({ take: () => [...sent.splice(0), ...$sent()] }, tour.stage.steps)
  tour.stage.value('client.country.count()', client.country.count())
  tour.stage.value('session.isAsync', session.isAsync)

  showSyncImport({ ...tour, stage, session })
  showSyncReading({ stage, session })
  await showRunSync(tour, stage.steps)
}
