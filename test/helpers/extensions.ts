import type { PrismaClient } from './clients.js'

/** Extended clients, by name: a worker makes its own, from the same functions. */
export const extensions = { computing, overriding, finding, hooked, rewriting, failing, forgiving }

export type ExtensionName = keyof typeof extensions
export type Extended<N extends ExtensionName> = ReturnType<(typeof extensions)[N]>

/** Rows of User get `shout` and `label`; Post gets nothing. */
function computing(client: PrismaClient) {
  return client.$extends({
    result: {
      user: {
        shout: { needs: { name: true }, compute: (user) => user.name.toUpperCase() },
        label: { needs: { id: true, name: true }, compute: (user) => `${user.id}: ${user.name}` },
      },
    },
  })
}

/** A computed field takes the name of a column. */
function overriding(client: PrismaClient) {
  return client.$extends({
    result: { user: { kind: { needs: { kind: true }, compute: ({ kind }) => `(${kind})` } } },
  })
}

/** A method of User and one of the client, which read through what they are called on. */
function finding(client: PrismaClient) {
  return client.$extends({
    model: {
      user: {
        byName(name: string) {
          return (this as unknown as PrismaClient['user']).findFirst({ where: { name } })
        },
      },
    },
    client: {
      $users() {
        return (this as unknown as PrismaClient).user.count()
      },
    },
  })
}

interface Hooked {
  readonly model: string | undefined
  readonly operation: string
  readonly args: unknown
}

/** Every operation goes through hooks, those of models and raw ones; `$seen()` gives those since the last call. */
function hooked(client: PrismaClient) {
  const seen: Hooked[] = []
  return client.$extends({
    client: { $seen: async () => seen.splice(0) },
    query: {
      $allOperations({ model, operation, args, query }) {
        seen.push({ model, operation, args })
        return query(args)
      },
    },
  })
}

/** A hook changes what is written to User, and names those without a name. */
function rewriting(client: PrismaClient) {
  return client.$extends({
    query: {
      user: {
        async $allOperations({ operation, args, query }) {
          const { data } = args as { data?: object | object[] }
          const named = operation.startsWith('create') ? { name: 'by the hook' } : {}
          for (const row of data === undefined ? [] : [data].flat())
            Object.assign(row, { ...named, ...row, kind: 'by the hook' })
          return query(args)
        },
      },
    },
  })
}

/** A hook refuses to create a User. */
function failing(client: PrismaClient) {
  return client.$extends({
    query: {
      user: {
        async $allOperations({ operation, args, query }) {
          if (operation.startsWith('create')) throw new RangeError('from the extension')
          return query(args)
        },
      },
    },
  })
}

/** A hook keeps the errors of User to itself. */
function forgiving(client: PrismaClient) {
  return client.$extends({
    query: {
      user: {
        $allOperations: ({ args, query }) => Promise.resolve(query(args)).catch(() => null),
      },
    },
  })
}
