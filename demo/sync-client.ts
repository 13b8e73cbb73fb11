/** What the worker of the synchronous client loads: a client like any other, and a method that tells what it sent. */
import { connect } from './database.ts'
import type { Statement } from './statements.ts'

const sent: Statement[] = []
const client = connect(new URL(import.meta.url).searchParams.get('file') ?? '')
client.$on('query', ({ query, params }) => sent.push({ query, params }))

export const prisma = client.$extends({ client: { $sent: () => sent.splice(0) } })
