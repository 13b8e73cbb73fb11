/** Clients as applications use them: plain, and with each kind of extension. */
import type { PrismaClient } from '../helpers/clients.js'
import type { DatabaseName } from '../helpers/databases.js'
import { extensions } from '../helpers/extensions.js'
import type { Program } from './corpus.js'

export interface Kind {
  readonly databases: readonly DatabaseName[]
  extend(client: PrismaClient): PrismaClient
  /** Reads of what the extension brings. */
  readonly reads: Readonly<Record<string, Program>>
}

const both = ['better-sqlite3', 'postgresql'] as const
const one = ['better-sqlite3'] as const

export const kinds: Readonly<Record<string, Kind>> = {
  plain: { databases: both, extend: (client) => client, reads: {} },
  'result extension': {
    databases: one,
    extend: (client) => asClient(extensions.computing(client)),
    reads: {
      'computed fields': async (p) =>
        (await p.user.findMany()).map((user) => (user as unknown as { shout: string }).shout),
      'computed fields, selected': (p) => p.user.findMany({ select: { label: true } as never }),
      'computed fields, left out': (p) => p.user.findFirst({ omit: { shout: true, name: true } as never }),
    },
  },
  'query extension': {
    databases: both,
    extend: (client) => asClient(extensions.hooked(client)),
    reads: {
      'what the hook has seen': async (p) => {
        await (p as Seeing).$seen()
        await p.user.findMany({ where: { id: 1 } })
        await p.$queryRaw`SELECT 1 AS "one"`
        return (p as Seeing).$seen()
      },
    },
  },
  'query extension that rewrites': {
    databases: one,
    extend: (client) => asClient(extensions.rewriting(client)),
    reads: {},
  },
  'model and client extensions': {
    databases: one,
    extend: (client) => asClient(withMethods(client)),
    reads: {
      'a method of every model': async (p) => [
        await (p.user as unknown as Finding).isThere(1),
        await (p.post as unknown as Finding).isThere(77),
      ],
      'a method of one model': (p) => (p.user as unknown as Finding).named('ada'),
      'a method of the client': (p) => (p as unknown as Counting).$countAll(),
      'a method within a transaction': (p) =>
        p.$transaction(async (tx) => [
          await (tx.user as unknown as Finding).named('bob'),
          await (tx as unknown as Counting).$countAll(),
        ]),
    },
  },
  'extended twice': {
    databases: one,
    extend: (client) => asClient(extensions.computing(asClient(withMethods(client)))),
    reads: {
      'the methods of one and the fields of the other': (p) => (p.user as unknown as Finding).named('ada'),
    },
  },
}

type Seeing = PrismaClient & { $seen(): Promise<unknown> }

interface Finding {
  isThere(id: number): Promise<boolean>
  named(name: string): Promise<unknown>
}

interface Counting {
  $countAll(): Promise<number>
}

/** The methods call others by `this`, which is the delegate or client that they were called on. */
function withMethods(client: PrismaClient) {
  return client.$extends({
    model: {
      $allModels: {
        async isThere(id: number) {
          return (await (this as unknown as PrismaClient['user']).count({ where: { id } })) === 1
        },
      },
      user: {
        named(name: string) {
          return (this as unknown as PrismaClient['user']).findFirst({ where: { name } })
        },
      },
    },
    client: {
      async $countAll() {
        const { user, post } = this as unknown as PrismaClient
        return (await user.count()) + (await post.count())
      },
    },
  })
}

function asClient(extended: unknown): PrismaClient {
  return extended as PrismaClient
}
