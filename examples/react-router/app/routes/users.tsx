import { Form } from 'react-router'
import { scope } from '../lib/scope.server'
import type { Route } from './+types/users'

export async function loader() {
  const users = await scope.session.user.findMany({ orderBy: { id: 'asc' } })
  return users.map(({ id, name }) => ({ id, name }))
}

export async function action({ request }: Route.ActionArgs) {
  const form = await request.formData()
  await scope.transaction(async () => {
    const user = await scope.session.getOne('User', Number(form.get('id')))
    user.name = String(form.get('name'))
  })
}

export default function Users({ loaderData }: Route.ComponentProps) {
  return (
    <ul>
      {loaderData.map(({ id, name }) => (
        <li key={id}>
          <Form method="post">
            <input type="hidden" name="id" value={id} />
            <input name="name" defaultValue={name} />
            <button type="submit">Rename</button>
          </Form>
        </li>
      ))}
    </ul>
  )
}
