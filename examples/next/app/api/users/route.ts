import { select } from 'prisma-session-proxy'
import { makeSession } from '../../../lib/db'

export const dynamic = 'force-dynamic'

export async function GET() {
  await using session = makeSession()
  const users = (await session.scalars(select('User', { include: { posts: true }, orderBy: { id: 'asc' } }))).all()
  return Response.json(users.map(({ id, name, posts }) => ({ id, name, posts: posts.map(({ title }) => title) })))
}

export async function POST(request: Request) {
  const { name, title } = await request.json()
  const id = await makeSession.begin(async (session) => {
    const user = session.add('User', { name, posts: [{ title }] })
    await session.flush()
    return user.id
  })
  return Response.json({ id }, { status: 201 })
}
