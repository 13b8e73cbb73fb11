// The packed package in an empty project: on each line of Node, with both of Prisma's generators, from both module formats.
import { readFileSync } from 'node:fs'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import test from 'ava'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { Consumer, nodes } from './consumer.js'

let consumer: Consumer

test.before(async (t) => {
  t.timeout(300_000)
  consumer = await Consumer.create()
  await consumer.generate(schema)
  for (const [file, text] of Object.entries(programs)) consumer.write(file, text)
})

test.after.always(() => consumer?.remove())

const schema = `
generator client {
  provider               = "prisma-client"
  output                 = "./client"
  moduleFormat           = "esm"
  generatedFileExtension = "ts"
  importFileExtension    = "ts"
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
const adapter = "new PrismaLibSql({ url: 'file:./app.db' })"

const programs = {
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

for (const line of nodes) {
  test.serial(`prisma-client, TypeScript under tsx [Node ${line}]`, async (t) => {
    t.deepEqual(seen(await consumer.node(line, '--import', 'tsx', 'program.ts')), expected(line))
  })

  test.serial(`prisma-client-js from ES modules [Node ${line}]`, async (t) => {
    t.deepEqual(seen(await consumer.node(line, 'program.mjs')), expected(line))
  })

  test.serial(`prisma-client-js from CommonJS [Node ${line}]`, async (t) => {
    t.deepEqual(seen(await consumer.node(line, 'program.cjs')), expected(line))
  })

  test.serial(`the command [Node ${line}]`, async (t) => {
    const help = await consumer.node(line, 'node_modules/prisma-session-proxy/dist/cli.js', 'migrate', '--help')
    t.regex(help, /^Usage: prisma-session migrate/)
  })
}

test.serial('TypeScript without tsx, where Node takes the types away by itself [Node 24]', async (t) => {
  t.deepEqual(seen(await consumer.node('24', '--no-warnings', 'program.ts')), expected('24'))
})

for (const line of ['20', '24'] as const)
  test.serial(`Jest, with rollbackEach [Node ${line}]`, async (t) => {
    const config = JSON.stringify({ testMatch: ['**/*.test.cjs'], transform: {} })
    await consumer.node(
      line,
      'node_modules/jest/bin/jest.js',
      '--ci',
      '--json',
      '--outputFile=jest.json',
      '--config',
      config,
    )
    const { numPassedTests, numTotalTests } = JSON.parse(consumer.read('jest.json'))
    t.deepEqual([numPassedTests, numTotalTests], [2, 2])
  })

test.serial('Vitest, with rollbackEach [Node 22]', async (t) => {
  const vitest = 'node_modules/vitest/vitest.mjs'
  await consumer.node('22', vitest, 'run', 'isolated.test.mjs', '--reporter=json', '--outputFile=vitest.json')
  const { numPassedTests, numTotalTests } = JSON.parse(consumer.read('vitest.json'))
  t.deepEqual([numPassedTests, numTotalTests], [2, 2])
})

test.serial('the types of the package are right by themselves, for both generators', async (t) => {
  t.is(await consumer.typeErrors(['program.ts', 'types.cts']), '')
})

test('only the built package and its documents are in it', (t) => {
  const others = consumer.files.filter(
    (file) => !/^(dist|docs)\/|^(README|CHANGELOG)\.md$|^LICENSE$|^package\.json$/.test(file),
  )
  t.deepEqual(others, [])
  for (const file of [
    'dist/index.js',
    'dist/index.cjs',
    'dist/sync.js',
    'dist/worker.js',
    'dist/matrix.json',
    'docs/api.md',
  ])
    t.true(consumer.files.includes(file), file)
})

test('publint has nothing to say', async (t) => {
  const data = readFileSync(consumer.tarball)
  const tarball = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
  t.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  )
})

test('are-the-types-wrong has nothing to say', async (t) => {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(consumer.tarball))))
  t.deepEqual('problems' in result && result.problems, [])
})

function seen(printed: string): unknown {
  return JSON.parse(printed.trim().split('\n').at(-1) ?? '')
}

function expected(line: string): unknown[] {
  return ['number', 'Ada', ['Ada', 'bob'], 'await', line]
}
