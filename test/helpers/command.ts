import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import type { ExecutionContext } from 'ava'
import { builtPackage, clientFile } from '../../scripts/test/package.js'
import type { Host } from '../../src/cli/settings.js'
import type { AdapterName, PrismaClient } from './clients.js'
import { type Database, databases } from './databases.js'
import { Project, shortLived } from './project.js'
import { emptyDatabase } from './servers.js'

/** A temporary project that has the built package installed, with a client and scripts, in which the command is run. */
export class CommandProject extends Project {
  /** What the scripts have done, seen by a client of the test's own; null where the database was made empty. */
  readonly client: PrismaClient | null

  private constructor(database: Database | null, adapter: AdapterName, url: string) {
    super('command')
    this.client = database?.connect() ?? null
    this.write('package.json', JSON.stringify({ type: 'module', 'prisma-session': { client: './db.mjs' } }))
    this.writeClient(adapter, url)
    mkdirSync(this.path('node_modules'))
    symlinkSync(builtPackage(), this.path('node_modules/prisma-session-proxy'), 'dir')
    mkdirSync(this.path('prisma/scripts'), { recursive: true })
  }

  /** Over a database with the tables of prisma/test.prisma. */
  static async create(t: ExecutionContext, name: AdapterName): Promise<CommandProject & { client: PrismaClient }> {
    const row = databases.find((each) => each.name === name) as (typeof databases)[number]
    const database = await row.create('test')
    const project = new CommandProject(database, name, database.url)
    t.teardown(async () => {
      for (const child of project.#children) child.kill('SIGKILL')
      await database.release(project.client as PrismaClient)
      await database.drop()
      project.remove()
    })
    return project as CommandProject & { client: PrismaClient }
  }

  /** Over a database with nothing in it. */
  static async createEmpty(t: ExecutionContext, name: AdapterName): Promise<CommandProject & { url: string }> {
    const isServer = name === 'postgresql' || name === 'mariadb'
    const project = new CommandProject(null, name, '')
    const url = isServer ? await emptyDatabase(name) : pathToFileURL(project.path('app.db')).href
    project.writeClient(name, url)
    t.teardown(() => project.remove())
    return Object.assign(project, { url })
  }

  writeClient(adapter: AdapterName, url: string): void {
    this.write('db.mjs', clientModule(adapter, url))
  }

  /** Writes a script; null takes it away. */
  script(name: string, text: string | null): void {
    const file = this.path('prisma/scripts', name.includes('.') ? name : `${name}.mjs`)
    if (text === null) rmSync(file)
    else writeFileSync(file, text)
  }

  get scripts(): string[] {
    return readdirSync(this.path('prisma/scripts')).sort()
  }

  /**
   * Runs `prisma-session` in this process: the package's own files, without the time that a process takes to load them. A
   * project runs one command at a time, for they share its client.
   */
  run(...args: string[]): Promise<Ran> {
    return this.#alone(() => runHere(this.folder, args))
  }

  /** Runs it as `run` does, on a terminal: calls `answer` when it has asked a question, and types what that returns. */
  runOnTerminal(args: readonly string[], answer: () => string | Promise<string>): Promise<Ran> {
    return this.#alone(async () => {
      const terminal = new Terminal()
      const ended = runHere(this.folder, args, { terminal })
      const answered = terminal.out.printed('(y/N) ').then(async () => terminal.keys.write(await answer()))
      await Promise.race([answered, ended])
      return await ended
    })
  }

  async #alone(run: () => Promise<Ran>): Promise<Ran> {
    if (this.#isRunning) throw new Error('this project runs a command: await it, or give this one a process of its own')
    this.#isRunning = true
    try {
      return await run()
    } finally {
      this.#isRunning = false
    }
  }

  /** Runs `prisma-session` in a process of its own, as users do. */
  runAlone(...args: string[]): Promise<Ran> {
    return this.start(...args).ended
  }

  /** Starts the command, for tests that do something before it ends. */
  start(...args: string[]): Running {
    const running = new Running(this.folder, args)
    this.#children.push(running.child)
    return running
  }

  readonly #children: ChildProcess[] = []
  #isRunning = false
}

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
  /** Of `--json`. */
  readonly objects: Record<string, unknown>[]
}

export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ran>
  #out = ''
  #err = ''
  #waiting: (() => void)[] = []

  constructor(cwd: string, args: readonly string[]) {
    const env = { ...process.env, NODE_OPTIONS: '', CI: 'true' }
    const cli = join(builtPackage(), 'dist/cli.js')
    const child = spawn(process.execPath, [shortLived, cli, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const note = () => {
      for (const look of this.#waiting) look()
    }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text
      note()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text
      note()
    })
    this.child = child
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        note()
        resolve(ranWith(code, this.#out, this.#err))
      })
    })
  }

  /** Waits until it has printed that. */
  async printed(text: string | RegExp): Promise<void> {
    const isThere = () => (typeof text === 'string' ? this.#out.includes(text) : text.test(this.#out))
    while (!isThere()) {
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`it ended without having printed ${text}:\n${this.#out}\n${this.#err}`)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
  }
}

/** The source of a module that exports a client. */
function clientModule(adapter: AdapterName, url: string): string {
  const { provider, name, options } = adapters[adapter]
  return `import { ${name} } from '@prisma/adapter-${adapter === 'postgresql' ? 'pg' : adapter}'
import { PrismaClient } from '${pathToFileURL(clientFile(provider)).href}'
export const prisma = new PrismaClient({ adapter: new ${name}(${options(url)}) })
`
}

function ranWith(code: number | null, out: string, err: string): Ran {
  return {
    code,
    out,
    err,
    get objects() {
      return out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    },
  }
}

/** Runs the built package's command in this process, as if it was started in that folder. */
export async function runHere(
  folder: string,
  args: readonly string[],
  { terminal, env = { ...process.env, CI: 'true' } }: { terminal?: Terminal; env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  const { runCommand } = (await import(pathToFileURL(join(builtPackage(), 'dist/program.js')).href)) as CommandModule
  const { keys: stdin, out } = terminal ?? { keys: {}, out: new Captured() }
  const err = new Captured()
  const host = { cwd: () => folder, env, stdin, stdout: out, stderr: err }
  const code = await runCommand(args, host as unknown as Host)
  return ranWith(code, out.text, err.text)
}

interface CommandModule {
  runCommand(args: readonly string[], host: Host): Promise<number>
}

/** A stream that keeps what is written to it. */
class Captured extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    this.emit('text')
    done()
  }

  /** Waits until that is written. */
  async printed(text: string): Promise<void> {
    while (!this.text.includes(text)) await once(this, 'text')
  }
}

/** A keyboard and a screen. */
export class Terminal {
  readonly keys = Object.assign(new PassThrough(), { isTTY: true })
  readonly out = Object.assign(new Captured(), { isTTY: true })
}

const adapters = {
  'better-sqlite3': { provider: 'sqlite', name: 'PrismaBetterSqlite3', options: (url: string) => `{ url: '${url}' }` },
  libsql: { provider: 'sqlite', name: 'PrismaLibSql', options: (url: string) => `{ url: '${url}' }` },
  postgresql: { provider: 'postgresql', name: 'PrismaPg', options: (url: string) => `{ connectionString: '${url}' }` },
  mariadb: { provider: 'mysql', name: 'PrismaMariaDb', options: (url: string) => `'${url}?multipleStatements=true'` },
} as const
