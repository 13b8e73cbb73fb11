import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { root } from '../helpers/project.js'
import type { Consumer } from './consumer.js'

export interface NextBuild {
  /** Of `next build`. */
  readonly args: readonly string[]
  /** What next.config.mjs exports; without it there is no such file. */
  readonly config?: object
}

/** A build takes seconds, and minutes on a machine that has other things to do. */
const patience = 1_200_000

/** examples/next, built and started in the project into which the package is installed. */
export class NextApp implements AsyncDisposable {
  readonly #folder: string
  readonly #server: ChildProcess
  readonly #url: string

  private constructor(folder: string, server: ChildProcess, url: string) {
    this.#folder = folder
    this.#server = server
    this.#url = url
  }

  static async create(consumer: Consumer, { args, config }: NextBuild): Promise<NextApp> {
    const folder = join(consumer.folder, 'next-app')
    rmSync(folder, { recursive: true, force: true })
    cpSync(join(root, 'examples/next'), folder, { recursive: true })
    if (config) writeFileSync(join(folder, 'next.config.mjs'), `export default ${JSON.stringify(config)}`)
    await consumer.generateFrom('next-app/prisma/schema.prisma')
    writeFileSync(join(folder, 'tables.mjs'), tables)
    await consumer.node('20', 'next-app/tables.mjs')
    mkdirSync(join(folder, 'app/api/count'))
    writeFileSync(join(folder, 'app/api/count/route.ts'), counting)
    const next = join(consumer.folder, 'node_modules/next/dist/bin/next')
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      DATABASE_URL: pathToFileURL(join(folder, 'app.db')).href,
      PORT: String(await freePort()),
    } as const
    await consumer.run(process.execPath, [next, 'build', folder, ...args], env, patience)
    const isStandalone = config !== undefined && 'output' in config
    const started = isStandalone ? [join(folder, '.next/standalone/next-app/server.js')] : [next, 'start', folder]
    const server = spawn(process.execPath, started, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
    return new NextApp(folder, server, await addressOf(server))
  }

  async text(path: string, init?: RequestInit): Promise<string> {
    const response = await fetch(`${this.#url}${path}`, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${text}`)
    return text
  }

  async json(path: string): Promise<unknown> {
    return JSON.parse(await this.text(path))
  }

  async post(path: string, body: object): Promise<unknown> {
    const headers = { 'content-type': 'application/json' }
    return JSON.parse(await this.text(path, { method: 'POST', headers, body: JSON.stringify(body) }))
  }

  /** Submits the first form of a page, as a browser without JavaScript does. Gives the page that comes back. */
  async submit(path: string, values: Readonly<Record<string, string>>): Promise<string> {
    const [, action] = /name="(\$ACTION_ID_\w+)"/.exec(await this.text(path)) ?? []
    if (action === undefined) throw new Error(`${path} has no form with an action`)
    const body = new FormData()
    for (const [name, value] of Object.entries({ [action]: '', ...values })) body.set(name, value)
    return this.text(path, { method: 'POST', body, headers: { origin: this.#url } })
  }

  /** The files that the server's routes are said to need. */
  traced(): string[] {
    const server = join(this.#folder, '.next/server')
    return readdirSync(server, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.nft.json'))
      .flatMap((file) => JSON.parse(readFileSync(join(server, file), 'utf8')).files as string[])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#server, 'exit')
    if (this.#server.kill()) await ended
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** Next prints it when the server listens. */
async function addressOf(server: ChildProcess): Promise<string> {
  const lines = createInterface({ input: server.stdout as NodeJS.ReadableStream })
  for await (const line of lines) {
    const [, address] = /Local:\s+(http:\/\/\S+)/.exec(line) ?? []
    if (address !== undefined) return address
  }
  throw new Error('the server of Next has ended before it listened')
}

/** A route that needs the files of workers. */
const counting = `
import { makeSession } from '../../../lib/db'
export const dynamic = 'force-dynamic'
export async function GET() {
  await using session = makeSession()
  return Response.json(await session.runSync((inside) => inside.user.count()))
}
`

const tables = `
import { createClient } from '@libsql/client'
const client = createClient({ url: new URL('./app.db', import.meta.url).href })
await client.execute('CREATE TABLE "User" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "name" TEXT NOT NULL)')
await client.execute('CREATE TABLE "Post" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "title" TEXT NOT NULL, "authorId" INTEGER NOT NULL REFERENCES "User"("id"))')
client.close()
`
