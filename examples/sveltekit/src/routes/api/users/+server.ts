import { json } from '@sveltejs/kit'
import { select } from 'prisma-session-proxy'
import { scope } from '#lib/server/scope.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = async () => {
  const query = select('User', { include: { posts: true }, orderBy: { id: 'asc' } })
  const users = (await scope.session.scalars(query)).all()
  return json(users.map(({ id, name, posts }) => ({ id, name, posts: posts.map(({ title }) => title) })))
}

export const POST: RequestHandler = async ({ request }) => {
  const { name, title } = await request.json()
  const user = await scope.transaction(() => scope.session.add('User', { name, posts: [{ title }] }))
  return json({ id: user.id }, { status: 201 })
}
