import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaClient } from '../generated/demo/client.ts'

export type Client = ReturnType<typeof connect>

/** Makes an empty SQLite file with the tables of prisma/demo.prisma in the place of whatever stood there. */
export async function createDatabase(file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true })
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
  const tables = readFileSync(new URL('../generated/demo.sql', import.meta.url), 'utf8')
  const connection = await new PrismaLibSql({ url: pathToFileURL(file).href }).connect()
  // WAL: a second client can read while a transaction is open.
  await connection.executeScript(`PRAGMA journal_mode = WAL;\n${tables}`)
  await connection.dispose()
}

/** A PrismaClient as anybody would make it, with a log of its statements. */
export function connect(file: string) {
  const adapter = new PrismaLibSql({ url: pathToFileURL(file).href })
  return new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] })
}
