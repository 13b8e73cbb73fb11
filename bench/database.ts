import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaClient } from '../generated/test/client.ts'
import type { SyncPrismaClient } from '../src/sync.ts'
import { createSyncClient } from './built.ts'

const folder = mkdtempSync(join(tmpdir(), 'session-bench-'))
const template = await filledDatabase()

/** A client of a database of its own, with 1000 users in it. */
export function database(name: string): PrismaClient {
  return clientOf(fresh(name))
}

/** The same in a worker. */
export function syncDatabase(name: string): SyncPrismaClient<PrismaClient> {
  return createSyncClient<PrismaClient>(syncModule(name))
}

/** The module that its worker loads. */
export function syncModule(name: string): URL {
  const module = new URL('./client.ts', import.meta.url)
  module.searchParams.set('file', fresh(name))
  return module
}

export function removeDatabases(): void {
  rmSync(folder, { recursive: true, force: true })
}

function fresh(name: string): string {
  const file = join(folder, name)
  rmSync(file, { force: true })
  copyFileSync(template, file)
  return file
}

async function filledDatabase(): Promise<string> {
  const file = join(folder, 'template.db')
  const adapter = await new PrismaBetterSqlite3({ url: pathToFileURL(file).href }).connect()
  await adapter.executeScript(readFileSync(new URL('../generated/test.sql', import.meta.url), 'utf8'))
  await adapter.dispose()
  const client = clientOf(file)
  await client.user.createMany({ data: Array.from({ length: 1000 }, (_, index) => ({ name: `user ${index}` })) })
  await client.$disconnect()
  return file
}

function clientOf(file: string): PrismaClient {
  return new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: pathToFileURL(file).href }) })
}
