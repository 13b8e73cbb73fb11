// The clients of both generators, with and without an `output`: a session passes for the client, and can be extended.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Project, root } from '../helpers/project.ts'

/** The places of PrismaClient. `prisma-client` has no form without an `output`: it refuses to generate. */
const clients = {
  'prisma-client with output': '../../generated/clash/client.ts',
  'prisma-client-js with output': '../../generated/clash-js/client.js',
  'prisma-client-js without output': './default.js',
}

const project = new Project('generators')
let errors: Promise<readonly string[]>

test.before(() => {
  // Without an output the client is the same, but for its runtime, which is that of the package.
  const types = readFileSync(join(root, 'generated/clash-js/index.d.ts'), 'utf8')
  project.write('default.d.ts', types.replaceAll("'./runtime/", "'@prisma/client/runtime/"))
  for (const [index, client] of Object.values(clients).entries()) project.write(`program${index}.ts`, program(client))
  project.write('wrong.ts', 'export const wrong: number = "text"')
  errors = project.typeErrors(['*.ts'], {}).then((output) => output.split(/\n(?=\S)/))
})

test.after.always(() => project.remove())

for (const [index, name] of Object.keys(clients).entries()) {
  test(`${name}: a session is a PrismaClient and $extends compiles`, async (t) => {
    const errorsIn = (file: string) => errors.then((all) => all.filter((error) => error.includes(file)))
    t.deepEqual(await errorsIn(`program${index}.ts`), [])
    t.is((await errorsIn('wrong.ts')).length, 1) // tsc has looked at the folder
  })
}

function program(client: string): string {
  return `
import type { PrismaClient } from '${client}'
import type { CreateSession, SyncPrismaClient } from '../../src/types/index.js'
declare const createSession: CreateSession
declare const prisma: PrismaClient
const session = createSession(prisma)

function tokens(client: PrismaClient) {
  return client.session.findMany({ where: { token: 'a' } })
}
export const rows: Promise<{ id: number; token: string }[]> = tokens(session)
export const same: PrismaClient = session

const object = session.$extends({ model: { session: { shout: () => 'HEY' } }, client: { $hello: () => 'hello' } })
export const loud: string = object.session.shout()
export const hello: string = object.$hello()
const computed = session.$extends({
  result: { session: { hidden: { needs: { token: true }, compute: ({ token }) => token.length } } },
})
export const hidden: Promise<number | undefined> = computed.session.findFirst().then((row) => row?.hidden)
session.$extends({ query: { session: { findMany: ({ args, query }) => query(args) } } })
const byFunction = session.$extends((client) => client.$extends({ client: { $hello: () => 'hello' } }))
export const bye: string = byFunction.$hello()

session.add('Line', { text: 'a', transactionId: 1 })
// @ts-expect-error no such field
session.add('Line', { txt: 'a', transactionId: 1 })
session.get('Session', { token: 'a' })
createSession({} as SyncPrismaClient<PrismaClient>).session.count().toFixed()
`
}
