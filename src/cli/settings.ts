import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure } from '../migrate/failure.js'
import type { ClientModule } from '../migrate/run/job.js'
/** The parts of the process that the command uses: its streams, its folder and its variables. */
export type Host = Pick<NodeJS.Process, 'cwd' | 'env' | 'stdin' | 'stdout' | 'stderr'>

/** What the flags say, and where they say nothing, what the key `prisma-session` of the nearest package.json says. */
export class Settings {
  readonly host: Host
  readonly #flags: Flags
  readonly #defaults: Defaults
  /** The folder that the defaults' paths are relative to. */
  readonly #root: string

  constructor(flags: Flags, host: Host) {
    const file = nearestPackage(host.cwd())
    this.host = host
    this.#flags = flags
    this.#defaults = file === null ? {} : defaultsOf(file)
    this.#root = file === null ? host.cwd() : dirname(file)
  }

  /** `./src/db.ts`, or `./src/db.ts#name` for an export of that name. */
  get client(): ClientModule {
    const given = this.#flags.client ?? this.#fromRoot('client')
    if (given === undefined) {
      throw new Failure(
        'USAGE',
        'which PrismaClient? Give the module that exports it, --client ./src/db.ts, or put "prisma-session": { "client": "./src/db.ts" } into package.json',
      )
    }
    const [path = '', exportName = null] = given.split('#')
    const file = resolve(this.host.cwd(), path)
    if (!existsSync(file)) throw new Failure('USAGE', `there is no module ${file}, which is to export the PrismaClient`)
    return { client: pathToFileURL(file).href, exportName: exportName === '' ? null : exportName }
  }

  /** The folder of the scripts. */
  get dir(): string {
    return resolve(this.host.cwd(), this.#flags.dir ?? this.#fromRoot('dir') ?? join(this.#root, 'prisma/scripts'))
  }

  /** The folder of Prisma's migrations. */
  get migrationsDir(): string {
    return resolve(
      this.host.cwd(),
      this.#flags.dir ?? this.#fromRoot('migrationsDir') ?? join(this.#root, 'prisma/migrations'),
    )
  }

  #fromRoot(name: keyof Defaults): string | undefined {
    const value = this.#defaults[name]
    return value === undefined ? undefined : resolve(this.#root, value)
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
  let defaults: unknown
  try {
    defaults = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)['prisma-session'] ?? {}
  } catch (cause) {
    throw new Failure('USAGE', `${file} cannot be read as JSON: ${cause}`, { cause })
  }
  if (typeof defaults !== 'object' || defaults === null || Array.isArray(defaults))
    throw new Failure('USAGE', `"prisma-session" in ${file} is an object: { ${names.join(', ')} }`)
  for (const [name, value] of Object.entries(defaults)) {
    if (!names.includes(name))
      throw new Failure('USAGE', `"prisma-session" in ${file} has no key "${name}": it takes ${names.join(', ')}`)
    if (typeof value !== 'string' || value === '')
      throw new Failure('USAGE', `"prisma-session" in ${file}: ${name} is a path, not ${JSON.stringify(value)}`)
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
