import { finished } from 'node:stream'
import express, { type RequestHandler } from 'express'
import type { PrismaClient } from '../generated/test/client.ts'
import { scopedSession, sessionMaker } from '../src/index.ts' // an application writes 'prisma-session-proxy'
import { type Scope, Users } from './users.ts'

export function makeExpressApp(prisma: PrismaClient) {
  const scope = scopedSession(sessionMaker(prisma, { autobegin: 'write' }))
  const users = new Users(scope)
  const app = express()
  app.use(express.json(), sessionPerRequest(scope))

  app.get('/users', async (_request, response) => {
    response.json(await users.list())
  })
  app.post('/users', async ({ body }, response) => {
    const { id, name } = await users.signUp(body)
    response.status(201).json({ id, name })
  })
  app.post('/users/import', async ({ body }, response) => {
    await users.import(body)
    response.status(204).end()
  })
  app.post('/users/:id/invitations', async ({ params, body }, response) => {
    response.status(201).json(await users.invite(Number(params.id), body))
  })
  app.delete('/users/:id', async ({ params }, response) => {
    await users.remove(Number(params.id))
    response.status(204).end()
  })
  return { app, scope }
}

/**
 * next() returns at once, so the scope lasts until the response is over: sent, or given up by the client. It comes after
 * what parses bodies, for not every parser calls next() in the context in which it was called.
 */
function sessionPerRequest(scope: Scope): RequestHandler {
  return (_request, response, next) => {
    scope
      .run(() => {
        const over = new Promise<void>((resolve) => finished(response, () => resolve()))
        next()
        return over
      })
      .catch((error) => console.error('the session of a request could not be closed:', error))
  }
}
