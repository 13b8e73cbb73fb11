import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type INestApplication, Logger } from '@nestjs/common'
import { makeExpressApp } from '../../examples/express.ts'
import { makeFastifyApp } from '../../examples/fastify.ts'
import type { Scope } from '../../examples/users.ts'
import type { PrismaClient } from '../helpers/clients.js'

/** The examples: each starts its application on a port of its own. */
export const apps: readonly { readonly name: string; start(prisma: PrismaClient): Promise<App> }[] = [
  { name: 'express', start: startExpress },
  { name: 'fastify', start: startFastify },
  { name: 'nest', start: startNest },
]

export interface App {
  readonly url: string
  readonly scope: Scope
  stop(): Promise<void>
}

async function startExpress(prisma: PrismaClient): Promise<App> {
  const { app, scope } = makeExpressApp(prisma)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, scope, stop: () => stop(server) }
}

async function startFastify(prisma: PrismaClient): Promise<App> {
  const { app, scope } = makeFastifyApp(prisma)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { url, scope, stop: () => stop(app.server) }
}

async function startNest(prisma: PrismaClient): Promise<App> {
  Logger.overrideLogger(false)
  const { makeNestApp } = (await import(nestExample.href)) as NestExample
  const { app, scope } = await makeNestApp(prisma)
  await app.listen(0, '127.0.0.1')
  return { url: await app.getUrl(), scope, stop: () => stop(app.getHttpServer()) }
}

/** Not by the framework's close(): it would wait for the connections that a client of the test has opened ahead. */
async function stop(server: Server): Promise<void> {
  server.close().closeAllConnections()
}

/** Compiled by its own tsconfig.json. The types of this project, which has no such decorators, leave it out. */
const nestExample = new URL('../../examples/nest/app.js', import.meta.url)

interface NestExample {
  makeNestApp(prisma: PrismaClient): Promise<{ app: INestApplication; scope: Scope }>
}
