/** The SQL that somebody would write by hand for 1000 rows at once, its rows one JSON parameter. */
import type { Prisma } from '../../generated/test/client.ts'

export type Tx = Prisma.TransactionClient

type WithId = { readonly id: number }

export interface ByHand {
  insertUsers(tx: Tx, users: readonly { readonly name: string }[]): Promise<WithId[]>
  insertPosts(tx: Tx, posts: readonly { readonly title: string; readonly author: number }[]): Promise<WithId[]>
  updateUsers(tx: Tx, users: readonly { readonly id: number; readonly name: string }[]): Promise<unknown>
  posts(tx: Tx, ids: readonly number[]): Promise<WithId[]>
  deletePosts(tx: Tx, ids: readonly number[]): Promise<unknown>
}

const query = (tx: Tx, sql: string, rows: unknown) => tx.$queryRawUnsafe<WithId[]>(sql, JSON.stringify(rows))
const write = (tx: Tx, sql: string, rows: unknown) => tx.$executeRawUnsafe(sql, JSON.stringify(rows))

export const byHand: Readonly<Record<'better-sqlite3' | 'postgresql', ByHand>> = {
  'better-sqlite3': {
    insertUsers: (tx, users) =>
      query(
        tx,
        `INSERT INTO "User" ("name", "kind") SELECT value ->> 'name', 'plain' FROM json_each(?) RETURNING *`,
        users,
      ),
    insertPosts: (tx, posts) =>
      query(
        tx,
        `INSERT INTO "Post" ("title", "authorId") SELECT value ->> 'title', value ->> 'author' FROM json_each(?) RETURNING *`,
        posts,
      ),
    updateUsers: (tx, users) =>
      write(
        tx,
        `UPDATE "User" SET "name" = r.value ->> 'name' FROM json_each(?) AS r WHERE "User"."id" = r.value ->> 'id'`,
        users,
      ),
    posts: (tx, ids) => query(tx, `SELECT * FROM "Post" WHERE "id" IN (SELECT value FROM json_each(?))`, ids),
    deletePosts: (tx, ids) => write(tx, `DELETE FROM "Post" WHERE "id" IN (SELECT value FROM json_each(?))`, ids),
  },
  postgresql: {
    insertUsers: (tx, users) =>
      query(
        tx,
        `INSERT INTO "User" ("name", "kind") SELECT "name", 'plain' FROM json_to_recordset($1::json) AS r("name" text) RETURNING *`,
        users,
      ),
    insertPosts: (tx, posts) =>
      query(
        tx,
        `INSERT INTO "Post" ("title", "authorId") SELECT "title", "author" FROM json_to_recordset($1::json) AS r("title" text, "author" int) RETURNING *`,
        posts,
      ),
    updateUsers: (tx, users) =>
      write(
        tx,
        `UPDATE "User" AS t SET "name" = r."name" FROM json_to_recordset($1::json) AS r("id" int, "name" text) WHERE t."id" = r."id"`,
        users,
      ),
    posts: (tx, ids) =>
      query(tx, `SELECT * FROM "Post" WHERE "id" IN (SELECT json_array_elements_text($1::json)::int)`, ids),
    deletePosts: (tx, ids) =>
      write(tx, `DELETE FROM "Post" WHERE "id" IN (SELECT json_array_elements_text($1::json)::int)`, ids),
  },
}
