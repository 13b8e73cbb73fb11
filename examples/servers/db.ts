import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaClient } from './generated/client.ts'

const url = process.env.DATABASE_URL ?? 'file:./app.db'

export const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url }) })
