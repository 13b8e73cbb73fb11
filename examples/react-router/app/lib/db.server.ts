import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaClient } from '../generated/client'

const url = process.env.DATABASE_URL ?? 'file:./app.db'
const kept = globalThis as { prisma?: PrismaClient }

/** One client per process, also when `react-router dev` loads this module again. */
export const prisma = kept.prisma ?? new PrismaClient({ adapter: new PrismaLibSql({ url }) })
kept.prisma = prisma
