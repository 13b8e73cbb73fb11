import { scope } from '#lib/server/scope.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async () => {
  const users = await scope.session.user.findMany({ orderBy: { id: 'asc' } })
  return { users: users.map(({ id, name }) => ({ id, name })) }
}

export const actions: Actions = {
  rename: async ({ request }) => {
    const form = await request.formData()
    await scope.transaction(async () => {
      const user = await scope.session.getOne('User', Number(form.get('id')))
      user.name = String(form.get('name'))
    })
  },
}
