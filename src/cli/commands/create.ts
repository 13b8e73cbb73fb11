import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../migrate/failure.js'
import { scriptFiles } from '../../migrate/files.js'
import type { Reporter } from '../report/reporter.js'
import type { Settings } from '../settings.js'
/** A new script, that comes after all others. */
export async function create(given: string, settings: Settings, reporter: Reporter): Promise<void> {
  const { dir } = settings
  const isRepeatable = given.startsWith('R__')
  const words = given
    .replace(/^R__/, '')
    .trim()
    .replace(/\W+/g, '_')
    .replace(/^_+|_+$/g, '')
  if (words === '') throw new Failure('USAGE', `"${given}" has no letters or digits for a file's name`)
  const name = isRepeatable ? `R__${words}` : `${timestamp()}_${words}`
  const files = await scriptFiles(dir)
  if (files.some((file) => file.name === name))
    throw new Failure('USAGE', `there is a script ${name} in ${dir} already`)
  const last = files.filter((file) => !file.isRepeatable).at(-1)
  if (!isRepeatable && last && last.name >= name) {
    throw new Failure(
      'USAGE',
      `a script made now, ${name}, would not come after ${last.name}: scripts run in the order of their names, so give that one an earlier name, or name the new file by hand`,
    )
  }
  const path = join(dir, `${name}.ts`)
  mkdirSync(dir, { recursive: true })
  writeFileSync(path, template(dir, settings), { flag: 'wx' })
  reporter.result({ event: 'created', name, path }, () => `made ${relative(settings.host.cwd(), path)}`)
}

/** In UTC, to the second. */
function timestamp(): string {
  return new Date().toISOString().replace(/\D/g, '').slice(0, 14)
}

function template(dir: string, settings: Settings): string {
  return `import type { AsyncSession, MigrationContext } from 'prisma-session-proxy'
${clientImport(dir, settings)}
// All of it is one transaction, together with its row in the ledger. For many rows: export const transaction = 'batch',
// and each page of batch() is committed by itself; 'none' leaves transactions to you.
// For a session without await: export const mode = 'sync', with SyncSession and SyncMigrationContext.
// export const requires = '20260101000000_one_of_prismas_migrations'

export async function up(session: AsyncSession<Client>, { batch, log }: MigrationContext<Client>) {
  // for await (const users of batch('User', { where: { kind: 'plain' }, size: 1000 }))
  //   for (const user of users) user.kind = 'reader'
}

// export async function down(session: AsyncSession<Client>, context: MigrationContext<Client>) {}
`
}

/** The client's type, where the client is known. */
function clientImport(dir: string, settings: Settings): string {
  const unknown = "// import type { prisma } from '../src/db'\n// type Client = typeof prisma\ntype Client = any\n"
  try {
    const { client, exportName } = settings.client
    const path = relative(dir, fileURLToPath(client)).replaceAll('\\', '/')
    const from = path.startsWith('.') ? path : `./${path}`
    const name = exportName === 'default' ? 'default as prisma' : (exportName ?? 'prisma')
    return `import type { ${name} } from '${from.replace(/\.([cm]?)tsx?$/, '.$1js')}'\n\ntype Client = typeof ${exportName === 'default' ? 'prisma' : name}\n`
  } catch {
    return unknown // it can be made before there is a client
  }
}
