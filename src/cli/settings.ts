import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Failure } from '../migrate/failure.js'
import { type FoundClient, findClient } from './client-module.js'
import { readManifest } from './language.js'

/** The parts of the process that the command uses: its streams, its folder and its variables. */
export type Host = Pick<NodeJS.Process, 'cwd' | 'env' | 'stdin' | 'stdout' | 'stderr'>

/** What the flags say, and where they say nothing, what the key `prisma-session` of the nearest package.json says. */
export class Settings {
  readonly host: Host
  /** The folder of the nearest package.json, which the defaults' paths are relative to. */
  readonly root: string
  readonly #flags: Flags
  readonly #defaults: Defaults

  constructor(flags: Flags, host: Host) {
    const file = nearestPackage(host.cwd())
    this.host = host
    this.#flags = flags
    this.#defaults = file === null ? {} : defaultsOf(file)
    this.root = file === null ? host.cwd() : dirname(file)
  }

  /** A module of the project, or a package. */
  get client(): FoundClient {
    const { client } = this.#flags
    if (client !== undefined) return findClient(client, this.host.cwd())
    const given = this.#defaults.client
    if (given !== undefined) return findClient(given, this.root)
    throw new Failure(
      'USAGE',
      'which PrismaClient? Give the module that exports it, --client ./src/db.ts, or put "prisma-session": { "client": "./src/db.ts" } into package.json',
    )
  }

  /** The folder of the scripts. The default one may be missing; one that was named and is missing is misspelt. */
  get dir(): string {
    const folder = this.dirToMake
    const found = statSync(folder, { throwIfNoEntry: false })
    const isNamed = (this.#flags.dir ?? this.#defaults.dir) !== undefined
    if (found ? found.isDirectory() : !isNamed) return folder
    throw this.#noFolder(folder, found ? 'is not a folder' : 'does not exist')
  }

  /** The same for a command that makes the folder. */
  get dirToMake(): string {
    return resolve(this.host.cwd(), this.#flags.dir ?? this.#fromRoot('dir') ?? join(this.root, 'prisma/scripts'))
  }

  /** The folder of Prisma's migrations. */
  get migrationsDir(): string {
    return resolve(
      this.host.cwd(),
      this.#flags.dir ?? this.#fromRoot('migrationsDir') ?? join(this.root, 'prisma/migrations'),
    )
  }

  #noFolder(folder: string, why: string): Failure {
    const { dir } = this.#flags
    const change =
      dir === undefined && this.#defaults.dir !== undefined
        ? `Correct "dir" of "prisma-session" in ${join(this.root, 'package.json')}`
        : 'Pass the folder of the scripts with --dir'
    const create = `prisma-session migrate create <name>${dir === undefined ? '' : ` --dir ${dir}`}`
    const make = why === 'does not exist' ? `, or make it and its first script with ${create}` : ''
    return new Failure('USAGE', `Folder of the scripts not found: ${folder} ${why}. ${change}${make}`)
  }

  #fromRoot(name: 'dir' | 'migrationsDir'): string | undefined {
    const value = this.#defaults[name]
    return value === undefined ? undefined : resolve(this.root, value)
  }
}

export interface Flags {
  readonly client?: string
  readonly dir?: string
}

interface Defaults {
  readonly client?: string
  readonly dir?: string
  readonly migrationsDir?: string
}

const names = ['client', 'dir', 'migrationsDir']

function defaultsOf(file: string): Defaults {
  const defaults = readManifest(file)['prisma-session'] ?? {}
  if (typeof defaults !== 'object' || defaults === null || Array.isArray(defaults))
    throw new Failure('USAGE', `"prisma-session" in ${file} is an object: { ${names.join(', ')} }`)
  for (const [name, value] of Object.entries(defaults)) {
    if (!names.includes(name))
      throw new Failure('USAGE', `"prisma-session" in ${file} has no key "${name}": it takes ${names.join(', ')}`)
    if (typeof value !== 'string' || value === '')
      throw new Failure(
        'USAGE',
        `"prisma-session" in ${file}: ${name} is ${name === 'client' ? 'a path or the name of a package' : 'a path'}, not ${JSON.stringify(value)}`,
      )
  }
  return defaults
}

function nearestPackage(from: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) return file
    if (dirname(folder) === folder) return null
  }
}
