import SchemaBuilder from '@pothos/core'
import { createYoga } from 'graphql-yoga'
import type { Entity } from 'prisma-session-proxy'
import type { prisma } from './db.ts'
import { scope } from './scope.ts'
import { sessionPlugin } from './yoga.ts'

const builder = new SchemaBuilder<{ Objects: { User: Entity<typeof prisma, 'User'> } }>({})

builder.objectType('User', {
  fields: (t) => ({ id: t.exposeInt('id'), name: t.exposeString('name') }),
})

builder.queryType({
  fields: (t) => ({
    users: t.field({ type: ['User'], resolve: () => scope.session.user.findMany() }),
  }),
})

builder.mutationType({
  fields: (t) => ({
    addUser: t.field({
      type: 'User',
      args: { name: t.arg.string({ required: true }) },
      resolve: (_, { name }) => scope.transaction(() => scope.session.add('User', { name })),
    }),
  }),
})

export const yoga = createYoga({ plugins: [sessionPlugin], schema: builder.toSchema() })
