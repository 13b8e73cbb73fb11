import { finished } from 'node:stream'
import fastify, { type FastifyInstance } from 'fastify'
import type { PrismaClient } from '../generated/test/client.ts'
import { scopedSession, sessionMaker } from '../src/index.ts' // an application writes 'prisma-session-proxy'
import { type Person, type Scope, Users } from './users.ts'

export function makeFastifyApp(prisma: PrismaClient) {
  const scope = scopedSession(sessionMaker(prisma, { autobegin: 'write' }))
  const users = new Users(scope)
  const app = fastify()
  addSessionPerRequest(app, scope)

  app.get('/users', () => users.list())
  app.post<{ Body: Person }>('/users', async ({ body }, reply) => {
    const { id, name } = await users.signUp(body)
    return reply.code(201).send({ id, name })
  })
  app.post<{ Body: Person[] }>('/users/import', async ({ body }, reply) => {
    await users.import(body)
    return reply.code(204).send()
  })
  app.post<{ Params: Id; Body: string[] }>('/users/:id/invitations', async ({ params, body }, reply) => {
    return reply.code(201).send(await users.invite(Number(params.id), body))
  })
  app.delete<{ Params: Id }>('/users/:id', async ({ params }, reply) => {
    await users.remove(Number(params.id))
    return reply.code(204).send()
  })
  return { app, scope }
}

interface Id {
  readonly id: string
}

/**
 * Everything after this hook, other hooks and the parsing of the body included, runs in the context in which `done` is
 * called. The scope lasts until the response is over: sent, or given up by the client. For the latter Fastify calls no
 * onResponse.
 */
function addSessionPerRequest(app: FastifyInstance, scope: Scope): void {
  app.addHook('onRequest', (request, reply, done) => {
    scope
      .run(() => {
        const over = new Promise<void>((resolve) => finished(reply.raw, () => resolve()))
        done()
        return over
      })
      .catch((error) => request.log.error(error, 'the session of a request could not be closed'))
  })
}
