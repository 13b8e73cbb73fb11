import { initTRPC } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { scope } from './scope.ts'

const t = initTRPC.create()
const procedure = t.procedure.use(({ next }) => scope.run(() => next()))

export const router = t.router({
  users: procedure.query(async () => {
    const users = await scope.session.user.findMany()
    return users.map(({ id, name }) => ({ id, name }))
  }),
  addUser: procedure
    .input((input) => String(input))
    .mutation(async ({ input: name }) => {
      const user = await scope.transaction(() => scope.session.add('User', { name }))
      return { id: user.id }
    }),
})

export const handler = (req: Request) => fetchRequestHandler({ endpoint: '/trpc', req, router })
