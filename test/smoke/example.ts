import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../helpers/project.js'
import type { Consumer } from './consumer.js'

/** The line of Node that the examples run on: SvelteKit builds on no older one. */
const line = '22'

/** A build takes seconds, but minutes on a busy machine. */
const patience = 1_200_000

/** A folder of examples/, copied into the project into which the package is installed. */
export class Example {
  readonly node: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly folder: string
  readonly #consumer: Consumer
  readonly #name: string

  constructor(consumer: Consumer, example: string, files: Readonly<Record<string, string>> = {}) {
    this.#consumer = consumer
    this.#name = `${example}-app`
    this.folder = join(consumer.folder, this.#name)
    this.node = consumer.nodeOf(line)
    this.env = {
      ...process.env,
      NODE_OPTIONS: '',
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      DATABASE_URL: pathToFileURL(join(this.folder, 'app.db')).href,
    }
    rmSync(this.folder, { recursive: true, force: true })
    cpSync(join(root, 'examples', example), this.folder, { recursive: true })
    for (const [file, text] of Object.entries(files)) this.write(file, text)
  }

  write(file: string, text: string): void {
    const path = join(this.folder, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  generate(): Promise<void> {
    return this.#consumer.generateFrom(`${this.#name}/prisma/schema.prisma`)
  }

  /** Makes an empty database, in place of the one that is there. */
  async createTables(): Promise<void> {
    rmSync(join(this.folder, 'app.db'), { force: true })
    await this.run('--input-type=module', '--eval', tables)
  }

  /** Runs Node in the folder, and returns what it prints. */
  run(...args: readonly string[]): Promise<string> {
    return this.#consumer.run(this.node, args, { env: this.env, cwd: this.folder, timeout: patience })
  }
}

const tables = `
import { createClient } from '@libsql/client'
const client = createClient({ url: process.env.DATABASE_URL })
await client.execute('CREATE TABLE "User" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "name" TEXT NOT NULL)')
await client.execute('CREATE TABLE "Post" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "title" TEXT NOT NULL, "authorId" INTEGER NOT NULL REFERENCES "User"("id"))')
client.close()
`
