/** What the worker of a synchronous client loads: the client of the database file that the address names. */
import { pathToFileURL } from 'node:url'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaClient } from '../generated/test/client.ts'

const file = new URL(import.meta.url).searchParams.get('file') ?? ''

export const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: pathToFileURL(file).href }) })
