import type { SyncTour } from './sync-import.ts'

export function showSyncReading({ session, stage }: SyncTour): void {
  stage.step('Reading without await: query(), and expired attributes that load themselves')
  const names = session.query('Country').filterBy({ landlocked: true }).orderBy('name').limit(3)
  stage.ran("session.query('Country').filterBy({ landlocked: true }).orderBy('name').limit(3)")
  const found = names.all().map(({ name }) => name)
  stage.ran('….all()')
  stage.value('landlocked', found.join(', '))

  const switzerland = session.getOne('Country', 'CHE')
  session.expire(switzerland)
  stage.ran("session.expire(session.getOne('Country', 'CHE'))")
  const { capital } = switzerland
  stage.ran('switzerland.capital')
  stage.value('capital', capital)

  switzerland.capital = 'Bernabei'
  session.flush()
  stage.ran("switzerland.capital = 'Bernabei'; session.flush()")
  session.rollback()
  stage.ran('session.rollback()')
  stage.value('capital', switzerland.capital)
}
