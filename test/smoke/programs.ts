// The programs that run in the project into which the package is installed.

/** The schema that both generators read. */
export const schema = `
generator client {
  provider               = "prisma-client"
  output                 = "./client"
  moduleFormat           = "esm"
  generatedFileExtension = "ts"
  importFileExtension    = "ts"
}

generator cjs {
  provider            = "prisma-client"
  output              = "./client-cjs"
  moduleFormat        = "cjs"
  importFileExtension = "ts"
}

generator js {
  provider = "prisma-client-js"
  output   = "./client-js"
}

datasource db {
  provider = "sqlite"
}

model User {
  id   Int    @id @default(autoincrement())
  name String
}
`

/** What each program does: a session, a synchronous client over `module`, runSync. It prints what it saw. */
const body = (module: string) => `
async function main() {
  await prisma.$executeRawUnsafe('CREATE TABLE IF NOT EXISTS "User" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "name" TEXT NOT NULL)')
  await prisma.user.deleteMany()
  const session = createSession(prisma)
  const ada = session.add('User', { name: 'ada' })
  await session.commit()
  ada.name = 'Ada'
  await session.commit()
  const name = await session.runSync((inside) => inside.user.findFirstOrThrow().name)
  await session.close()
  const client = createSyncClient(${module})
  const blocking = createSession(client)
  blocking.add('User', { name: 'bob' })
  blocking.commit()
  const names = blocking.user.findMany({ orderBy: { id: 'asc' } }).map((user) => user.name)
  blocking.close()
  client.close()
  console.log(JSON.stringify([typeof ada.id, name, names, matrix.commit.async, process.versions.node.split('.')[0]]))
  await prisma.$disconnect()
}
main()
`

/** Two tests of a runner, of which each commits the same unique row and neither sees the other's. */
function isolated(client: string): string {
  return `${client}
const tests = rollbackEach(prisma)
beforeEach(() => tests.before())
afterEach(() => tests.after())
for (const name of ['one', 'another'])
  test(name + ' commits', async () => {
    const { session } = tests
    session.add('User', { id: 700, name })
    await session.commit()
    expect(await session.runSync((inside) => inside.user.count({ where: { id: 700 } }))).toBe(1)
    expect((await session.scalars(select('User', { where: { id: 700 } }))).one().name).toBe(name)
  })
`
}

const esm = `
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { createSession, matrix } from 'prisma-session-proxy'
import { createSyncClient } from 'prisma-session-proxy/sync'
`
const besideBundle = "process.cwd() + '/db-js.cjs'"
const adapter = "new PrismaLibSql({ url: 'file:./app.db' })"

/** By the file that each is written to. */
export const programs = {
  // the prisma-client generator makes TypeScript
  'db.ts': `import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaClient } from './client/client.ts'
export const prisma = new PrismaClient({ adapter: ${adapter} })`,
  'program.ts': `${esm}import { prisma } from './db.ts'${body("new URL('./db.ts', import.meta.url)").replace(
    'createSyncClient(',
    'createSyncClient<typeof prisma>(',
  )}`,
  // the prisma-client-js generator makes CommonJS
  'db-js.cjs': `const { PrismaLibSql } = require('@prisma/adapter-libsql')
const { PrismaClient } = require('./client-js')
exports.prisma = new PrismaClient({ adapter: ${adapter} })`,
  'program.mjs': `${esm}import db from './db-js.cjs'
const { prisma } = db${body("new URL('./db-js.cjs', import.meta.url)")}`,
  'program.cjs': `const { createSession } = require('prisma-session-proxy')
const { createSyncClient } = require('prisma-session-proxy/sync')
const matrix = require('prisma-session-proxy/matrix.json')
const { prisma } = require('./db-js.cjs')${body("require.resolve('./db-js.cjs')")}`,
  // what the bundlers bundle; a client for ES modules does not find its own place in CommonJS
  'bundled.ts': `${esm}import { prisma } from './db.ts'${body(besideBundle)}`,
  'db-cjs.ts': `import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaClient } from './client-cjs/client.ts'
export const prisma = new PrismaClient({ adapter: ${adapter} })`,
  'bundled-cjs.ts': `${esm}import { prisma } from './db-cjs.ts'${body(besideBundle)}`,
  'outside.mjs': `${esm}import { createRequire } from 'node:module'
const { prisma } = createRequire(process.cwd() + '/')('./db-js.cjs')${body(besideBundle)}`,
  'vite.config.mjs': `export default {
  ssr: { noExternal: true, external: ['@prisma/adapter-libsql'] },
  build: { ssr: 'bundled.ts', outDir: 'dist-vite', rollupOptions: { output: { entryFileNames: '[name].mjs' } } },
}`,
  // as adapter-node of SvelteKit 2 sets it up
  'rollup.config.mjs': `import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
import { nodeResolve } from '@rollup/plugin-node-resolve'
export default {
  input: 'outside.mjs',
  external: ['@prisma/adapter-libsql'],
  plugins: [nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs({ strictRequires: true }), json()],
  output: { dir: 'dist-rollup', format: 'esm', entryFileNames: '[name].mjs' },
}`,
  // what Jest and Vitest run
  'isolated.test.cjs': `const { rollbackEach, select } = require('prisma-session-proxy')
${isolated("const { prisma } = require('./db-js.cjs')")}`,
  'isolated.test.mjs': `import { afterEach, beforeEach, expect, test } from 'vitest'
import { rollbackEach, select } from 'prisma-session-proxy'
${isolated("import db from './db-js.cjs'\nconst { prisma } = db")}`,
  'types.cts': `import proxy = require('prisma-session-proxy')
import client = require('./client-js')
declare const prisma: client.PrismaClient
const session = proxy.createSession(prisma)
export const id: number = session.add('User', { name: 'ada' }).id
// @ts-expect-error there is no such model
session.add('Nobody', {})`,
}
