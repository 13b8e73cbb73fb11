import { revalidatePath } from 'next/cache'
import { makeSession } from '../../lib/db'

export const dynamic = 'force-dynamic'

export default async function Users() {
  await using session = makeSession()
  const users = await session.user.findMany({ orderBy: { id: 'asc' } })
  return (
    <ul>
      {users.map(({ id, name }) => (
        <li key={id}>
          <form action={rename}>
            <input type="hidden" name="id" value={id} />
            <input name="name" defaultValue={name} />
            <button type="submit">Rename</button>
          </form>
        </li>
      ))}
    </ul>
  )
}

async function rename(form: FormData) {
  'use server'
  // Not `await using`: with it Next loses the directive of an inline action.
  const session = makeSession()
  try {
    const user = await session.getOne('User', Number(form.get('id')))
    user.name = String(form.get('name'))
    await session.commit()
  } finally {
    await session.close()
  }
  revalidatePath('/users')
}
