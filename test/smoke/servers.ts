// Programs that ask the servers of examples/servers. Each prints the id of the user that it added, and all users.

const posted = (body: string) => `{ method: 'POST', headers: { 'content-type': 'application/json' }, body: ${body} }`

const overRest = `
const added = await (await ask('/users', ${posted(`'{"name":"ada"}'`)})).json()
const users = await (await ask('/users')).json()
console.log(JSON.stringify([added.id, users]))
`

const overTrpc = `
const added = await (await ask('/trpc/addUser', ${posted(`'"ada"'`)})).json()
const users = await (await ask('/trpc/users')).json()
console.log(JSON.stringify([added.result.data.id, users.result.data]))
`

const overGraphql = `
const operation = async (query) => (await (await ask('/graphql', ${posted('JSON.stringify({ query })')})).json()).data
const { addUser } = await operation('mutation { addUser(name: "ada") { id } }')
const { users } = await operation('{ users { id name } }')
console.log(JSON.stringify([addUser.id, users]))
`

/** By the file that each asks. */
export const serverPrograms = {
  'hono.ts': `
import { app } from './hono.ts'
const ask = (path, init) => app.request(path, init)${overRest}`,
  'trpc.ts': `
import { handler } from './trpc.ts'
const ask = (path, init) => handler(new Request('http://localhost' + path, init))${overTrpc}`,
  'yoga.ts': `
import { yoga } from './yoga.ts'
const ask = (path, init) => yoga.fetch('http://localhost' + path, init)${overGraphql}`,
  'pothos.ts': `
import { yoga } from './pothos.ts'
const ask = (path, init) => yoga.fetch('http://localhost' + path, init)${overGraphql}`,
} as const
