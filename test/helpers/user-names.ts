import type { Context } from './conformance.js'

/** The names of the committed users, in the order of their keys. */
export async function userNames(x: Context): Promise<string[]> {
  const rows = await x.raw.user.findMany({ orderBy: { id: 'asc' } })
  return rows.map(({ name }) => name)
}
