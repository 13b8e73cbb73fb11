import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../migrate/failure.js'
/** One of Prisma's migrations: a folder with a migration.sql. */
export interface MigrationFile {
  readonly name: string
  readonly path: string
  readonly text: string
  readonly checksum: string
}

/** Those of a folder, in Prisma's order: by name. */
export function migrationFiles(folder: string, provider: string): MigrationFile[] {
  if (!existsSync(folder))
    throw new Failure('USAGE', `there is no folder ${folder}: --dir says where Prisma's migrations are`)
  refuseOtherProvider(folder, provider)
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .map(({ name }) => name)
    .sort()
  return names.map((name) => {
    const path = join(folder, name, 'migration.sql')
    if (!existsSync(path)) {
      throw new Failure(
        'DISAGREES',
        `${name} has no migration.sql (Prisma's P3015): put the file back, or remove the folder`,
      )
    }
    const text = readFileSync(path, 'utf8')
    return { name, path, text, checksum: checksumOf(text) }
  })
}

/** Whether a row's checksum is that of the file, however its lines end: as Prisma compares. */
export function isChecksumOf({ text, checksum }: MigrationFile, noted: string): boolean {
  if (checksum === noted) return true
  const unix = text.replaceAll('\r\n', '\n')
  return checksumOf(unix) === noted || checksumOf(unix.replaceAll('\n', '\r\n')) === noted
}

function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function refuseOtherProvider(folder: string, provider: string): void {
  const path = join(folder, 'migration_lock.toml')
  if (!existsSync(path)) return
  const [, made] = /^\s*provider\s*=\s*"(\w+)"/m.exec(readFileSync(path, 'utf8')) ?? []
  if (made === undefined || made === provider || made === providerAlias[provider]) return
  throw new Failure(
    'DISAGREES',
    `the migrations in ${folder} were made for ${made}, and the client is for ${provider} (Prisma's P3019): they cannot be applied to it`,
  )
}

const providerAlias: Readonly<Record<string, string>> = { postgresql: 'postgres' }
