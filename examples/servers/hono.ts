import { Hono } from 'hono'
import { scope } from './scope.ts'

export const app = new Hono()

app.use((_, next) => scope.run(next))

app.get('/users', async (context) => {
  const users = await scope.session.user.findMany()
  return context.json(users.map(({ id, name }) => ({ id, name })))
})

app.post('/users', async (context) => {
  const { name } = await context.req.json<{ name: string }>()
  const user = await scope.transaction(() => scope.session.add('User', { name }))
  return context.json({ id: user.id }, 201)
})
