import { importCountries } from '../import-countries.ts'
import { Progress } from '../progress.ts'
import { rowsOf } from '../statements.ts'
import type { Tour } from '../tour.ts'
import { countRows } from '../world.ts'

export async function showImport({ session, stage, log, world }: Tour): Promise<void> {
  stage.step('Import: make objects, commit once')
  const progress = new Progress(sum(countRows(world)))
  const beforeCommit = () => {
    stage.ran(`session.add(…) of ${session.new.size} objects, borders and languages assigned as arrays`)
    stage.ran('session.explain()', plan(session))
    log.onStatement = (statement) => progress.advance(rowsOf(statement))
  }
  session.on('beforeCommit', beforeCommit)
  await importCountries(session, world).finally(() => progress.stop())
  session.off('beforeCommit', beforeCommit)
  log.onStatement = null
  stage.ran('await session.commit()')
}

/** What a flush would do, a line per operation: `createManyAndReturn: Region 6, Country 250`. */
function plan(session: Tour['session']): string[] {
  const lines = new Map<string, Map<string | null, number>>()
  for (const { model, operation, rows, way, reason } of session.explain()) {
    const line = `${operation} (${reason ?? way})`
    const models = lines.get(line) ?? new Map<string | null, number>()
    lines.set(line, models.set(model, (models.get(model) ?? 0) + rows))
  }
  return [...lines].map(([line, models]) => `${line}: ${[...models].map((model) => model.join(' ')).join(', ')}`)
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
