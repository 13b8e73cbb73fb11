import type { Tour } from '../tour.ts'

export async function showIdentity({ session, stage }: Tour): Promise<void> {
  stage.step('Identity: one row, one object')
  const first = await stage.run("const first = await session.getOne('Country', 'CHE')", () =>
    session.getOne('Country', 'CHE'),
  )
  const again = await stage.run("const again = await session.getOne('Country', 'CHE')", () =>
    session.getOne('Country', 'CHE'),
  )
  stage.value('first === again', first === again)
  const found = await stage.run("const found = await session.getOne('Country', { name: 'Switzerland' })", () =>
    session.getOne('Country', { name: 'Switzerland' }),
  )
  stage.value('first === found', first === found)
}
