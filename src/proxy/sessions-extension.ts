import { makeSession } from './create-session.js'

/** Prisma's extension that gives a client the method `$session()`. */
export function sessionsExtension(options: object = {}): object {
  return {
    name: 'prisma-session-proxy',
    client: {
      $session(this: object, own: object = {}): object {
        return makeSession(this, { ...options, ...own })
      },
    },
  }
}
