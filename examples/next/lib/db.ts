import { PrismaLibSql } from '@prisma/adapter-libsql'
import { sessionMaker } from 'prisma-session-proxy'
import { PrismaClient } from '../generated/client'

const url = process.env.DATABASE_URL ?? 'file:./app.db'
const kept = globalThis as { prisma?: PrismaClient }

/** One client a process, also when `next dev` loads this module again. */
export const prisma = kept.prisma ?? new PrismaClient({ adapter: new PrismaLibSql({ url }) })
kept.prisma = prisma

export const makeSession = sessionMaker(prisma)
