import { select } from '../../src/index.ts'
import type { Tour } from '../tour.ts'

export async function showDirtyChecking({ session, stage }: Tour): Promise<void> {
  stage.step('Dirty checking: plain objects, and only what changed is written')
  const countries = await stage.run("const countries = (await session.scalars(select('Country'))).all()", async () =>
    (await session.scalars(select('Country'))).all(),
  )
  const svalbard = countries.find(({ code }) => code === 'SJM')
  if (!svalbard) throw new Error('no country has the code SJM')
  stage.value(`area of ${svalbard.name}, one of ${countries.length} objects`, svalbard.area)
  await stage.run('svalbard.area = 62_422; await session.commit()', () => {
    svalbard.area = 62_422
    return session.commit()
  })
  const { name } = svalbard
  svalbard.name = 'Spitsbergen'
  stage.value("svalbard.name = 'Spitsbergen'; session.dirty.size", session.dirty.size)
  svalbard.name = name
  stage.value(`svalbard.name = '${name}'; session.dirty.size`, session.dirty.size)
  await stage.run('await session.commit()', () => session.commit())
}
