import { select } from 'prisma-session-proxy'
import { scope } from '../lib/scope.server'
import type { Route } from './+types/api.users'

export async function loader() {
  const query = select('User', { include: { posts: true }, orderBy: { id: 'asc' } })
  const users = (await scope.session.scalars(query)).all()
  return Response.json(users.map(({ id, name, posts }) => ({ id, name, posts: posts.map(({ title }) => title) })))
}

export async function action({ request }: Route.ActionArgs) {
  const { name, title } = await request.json()
  const user = await scope.transaction(() => scope.session.add('User', { name, posts: [{ title }] }))
  return Response.json({ id: user.id }, { status: 201 })
}
