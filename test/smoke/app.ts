import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import type { Consumer } from './consumer.js'
import { Example } from './example.js'

/** A framework and its application in examples/. Commands are arguments of Node, which runs in the application's folder. */
export interface Framework {
  /** The folder in examples/. */
  readonly example: string
  /** The command that Prisma's generator needs to have run. */
  readonly prepare?: readonly string[]
  readonly build: readonly string[]
  /** The commands that check its types, where building does not. */
  readonly check?: readonly (readonly string[])[]
  readonly start: readonly string[]
  /** Files that are added to the application: a configuration, a route at /api/count that starts a worker. */
  readonly files: Readonly<Record<string, string>>
  /** The files of the build that import the package, which the others have in them. */
  readonly importers?: readonly string[]
  /** Returns how the first form of a page is submitted: to which search of the page's path, with which hidden fields. */
  readonly form: (page: string) => { readonly search: string; readonly fields: Readonly<Record<string, string>> }
}

/** An application of examples/ that is built and running. */
export class App implements AsyncDisposable {
  readonly folder: string
  readonly #framework: Framework
  readonly #server: ChildProcess
  readonly #url: string

  private constructor(folder: string, framework: Framework, server: ChildProcess, url: string) {
    this.folder = folder
    this.#framework = framework
    this.#server = server
    this.#url = url
  }

  static async create(consumer: Consumer, framework: Framework): Promise<App> {
    const example = new Example(consumer, framework.example, framework.files)
    if (framework.prepare) await example.run(...framework.prepare)
    await example.generate()
    await example.createTables()
    for (const command of [framework.build, ...(framework.check ?? [])]) await example.run(...command)
    const port = await freePort()
    // Without the second one SvelteKit takes every request for one over TLS.
    const env = { ...example.env, PORT: String(port), PROTOCOL_HEADER: 'x-forwarded-proto' }
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    const server = spawn(example.node, framework.start, { cwd: example.folder, env, stdio: [...stdio] })
    await listening(server)
    return new App(example.folder, framework, server, `http://localhost:${port}`)
  }

  async text(path: string, init?: RequestInit): Promise<string> {
    const headers = { ...init?.headers, origin: this.#url, 'x-forwarded-proto': 'http' }
    const response = await fetch(`${this.#url}${path}`, { ...init, headers })
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

  /** Submits the first form of a page, as a browser without JavaScript does. Returns the page that comes back. */
  async submit(path: string, values: Readonly<Record<string, string>>): Promise<string> {
    const { search, fields } = this.#framework.form(await this.text(path))
    const body = new FormData()
    for (const [name, value] of Object.entries({ ...fields, ...values })) body.set(name, value)
    return this.text(`${path}${search}`, { method: 'POST', body, headers: { accept: 'text/html' } })
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

/** Each of these servers prints its address when it listens. */
async function listening(server: ChildProcess): Promise<void> {
  const lines = createInterface({ input: server.stdout as NodeJS.ReadableStream })
  for await (const line of lines) if (/https?:\/\/\S+:\d+/.test(line)) return
  throw new Error('the server ended before it listened')
}
