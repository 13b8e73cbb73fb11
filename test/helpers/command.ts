import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ExecutionContext } from 'ava'
import { buildSync } from 'esbuild'
import type { AdapterName, PrismaClient } from './clients.js'
import { type Database, databases } from './databases.js'
import { Project, root } from './project.js'
import { emptyDatabase } from './servers.js'
/** A temporary project that has the package installed, with a client and scripts, in which the real command is run. */
export class CommandProject extends Project {
  /** What the scripts have done, seen by a client of the test's own; null where the database was made empty. */
  readonly client: PrismaClient | null

  private constructor(database: Database | null, adapter: AdapterName, url: string) {
    super('command')
    this.client = database?.connect() ?? null
    this.write('package.json', JSON.stringify({ type: 'module', 'prisma-session': { client: './db.mjs' } }))
    this.writeClient(adapter, url)
    mkdirSync(this.path('node_modules'))
    symlinkSync(installedPackage(), this.path('node_modules/prisma-session-proxy'), 'dir')
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

  /** Runs `prisma-session` with these words. */
  run(...args: string[]): Promise<Ran> {
    return this.start(...args).ended
  }

  start(...args: string[]): Running {
    const running = new Running(this.folder, args)
    this.#children.push(running.child)
    return running
  }

  readonly #children: ChildProcess[] = []
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
    const cli = join(installedPackage(), 'dist/cli.js')
    const child = spawn(process.execPath, [cli, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
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
        const out = this.#out
        resolve({
          code,
          out,
          err: this.#err,
          get objects() {
            return out
              .trim()
              .split('\n')
              .map((line) => JSON.parse(line) as Record<string, unknown>)
          },
        })
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

let installed: string | undefined

/** The package as it is published, made once in a process. */
function installedPackage(): string {
  if (installed !== undefined && existsSync(installed)) return installed
  mkdirSync(join(root, '.tmp'), { recursive: true })
  const folder = mkdtempSync(join(root, '.tmp/package-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const script = join(root, 'scripts/build.ts')
  execFileSync(process.execPath, ['--import=tsx/esm', script, join(folder, 'dist'), '--no-types'], { cwd: root })
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  installed = folder
  return folder
}

/** The source of a module that exports a client. Its generated part is JavaScript, which takes half the time to load. */
function clientModule(adapter: AdapterName, url: string): string {
  const { provider, name, options } = adapters[adapter]
  return `import { ${name} } from '@prisma/adapter-${adapter === 'postgresql' ? 'pg' : adapter}'
import { PrismaClient } from '${pathToFileURL(bundledClient(provider)).href}'
export const prisma = new PrismaClient({ adapter: new ${name}(${options(url)}) })
`
}

const adapters = {
  'better-sqlite3': { provider: 'sqlite', name: 'PrismaBetterSqlite3', options: (url: string) => `{ url: '${url}' }` },
  libsql: { provider: 'sqlite', name: 'PrismaLibSql', options: (url: string) => `{ url: '${url}' }` },
  postgresql: { provider: 'postgresql', name: 'PrismaPg', options: (url: string) => `{ connectionString: '${url}' }` },
  mariadb: { provider: 'mysql', name: 'PrismaMariaDb', options: (url: string) => `'${url}?multipleStatements=true'` },
} as const

function bundledClient(provider: 'sqlite' | 'postgresql' | 'mysql'): string {
  const out = join(installedPackage(), `client-${provider}.mjs`)
  if (existsSync(out)) return out
  const source = join(root, 'generated', provider === 'sqlite' ? '' : provider, 'test/client.ts')
  buildSync({
    entryPoints: [source],
    outfile: out,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  })
  return out
}
