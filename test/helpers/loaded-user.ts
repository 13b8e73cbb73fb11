import type { Context } from './conformance.js'

/** A committed user, loaded. No transaction is open, and the log is empty. */
export async function loaded(x: Context) {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const user = await x.s.getOne('User', id)
  await x.s.commit()
  x.clear()
  return user
}

/** Updates the row of a user outside the session. */
export function updateElsewhere(x: Context, id: number, data: { name?: string; kind?: string }) {
  return x.raw.user.update({ where: { id }, data })
}
