import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient as OnPostgres } from '../../generated/postgresql/test/client.ts'
import { PrismaClient } from '../../generated/test/client.ts'

/** Yours is of one kind. The tests of these examples run on two. */
export const prisma = connect(process.env.DATABASE_URL ?? 'file:./test.db')

function connect(url: string): PrismaClient {
  if (url.startsWith('file:')) return new PrismaClient({ adapter: new PrismaBetterSqlite3({ url }) })
  return new OnPostgres({ adapter: new PrismaPg({ connectionString: url }) }) as unknown as PrismaClient
}
