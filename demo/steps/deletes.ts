import { inspect } from '../../src/index.ts'
import type { Tour } from '../tour.ts'

export async function showDeletes({ session, stage }: Tour): Promise<void> {
  stage.step("Deletes: the schema's onDelete happens to loaded objects too")
  const micronesia = await session.getOne('Subregion', { name: 'Micronesia' })
  const palau = await session.getOne('Country', 'PLW')
  const sanMarino = await session.getOne('Country', 'SMR')
  const italy = await session.getOne('Country', 'ITA')
  await session.refresh(palau, ['subregion'])
  await session.refresh(italy, ['borders'])
  await session.refresh(sanMarino, ['tenders'])
  const [euro] = sanMarino.tenders ?? []
  if (!euro) throw new Error('San Marino has no legal tender')

  stage.value('palau.subregion', palau.subregion?.name)
  const work = async () => {
    await session.delete(micronesia)
    await session.delete(sanMarino)
    await session.flush()
  }
  await stage.run('await session.delete(micronesia); await session.delete(sanMarino); await session.flush()', work)
  stage.value('palau.subregion (SetNull)', palau.subregion)
  stage.value("San Marino's legal tender (Cascade) is", inspect(euro).state)
  stage.value('italy.borders.includes(sanMarino)', italy.borders?.includes(sanMarino))

  await stage.run('await session.rollback()', () => session.rollback())
  stage.value('palau.subregion', palau.subregion?.name)
  stage.value("San Marino's legal tender is", inspect(euro).state)
  stage.value('italy.borders.includes(sanMarino)', italy.borders?.includes(sanMarino))
}
