import { createSchema, createYoga, type Plugin } from 'graphql-yoga'
import { scope } from './scope.ts'

/** A session for each operation: its resolvers share it. */
export const sessionPlugin: Plugin = {
  onExecute: ({ executeFn, setExecuteFn }) => setExecuteFn((args) => scope.run(() => executeFn(args))),
}

export const yoga = createYoga({
  plugins: [sessionPlugin],
  schema: createSchema({
    typeDefs: /* GraphQL */ `
      type User { id: Int!, name: String! }
      type Query { users: [User!]! }
      type Mutation { addUser(name: String!): User! }
    `,
    resolvers: {
      Query: { users: () => scope.session.user.findMany() },
      Mutation: { addUser: (_, { name }) => scope.transaction(() => scope.session.add('User', { name })) },
    },
  }),
})
