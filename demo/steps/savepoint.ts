import type { Tour } from '../tour.ts'

export async function showSavepoint({ session, stage }: Tour): Promise<void> {
  stage.step('Savepoint: undo a part, in the database and in memory')
  const switzerland = await session.getOne('Country', 'CHE')
  switzerland.area = 41_285
  const savepoint = await stage.run('switzerland.area = 41_285; const savepoint = await session.beginNested()', () =>
    session.beginNested(),
  )
  await stage.run("switzerland.capital = 'Zürich'; await session.flush()", () => {
    switzerland.capital = 'Zürich'
    return session.flush()
  })
  stage.value('capital in the savepoint', switzerland.capital)
  await stage.run('await savepoint.rollback()', () => savepoint.rollback())
  stage.value('capital after its rollback', switzerland.capital)
  stage.value('area, changed before the savepoint', switzerland.area)
  await stage.run('await session.commit()', () => session.commit())
}
