import type { Language } from '../language.js'

/** The text of a new script. */
export function scriptTemplate(language: Language, client: ClientImport | null): string {
  return language === 'typescript' ? typescript(client) : javascript(language, client)
}

export interface ClientImport {
  readonly from: string
  /** The export that is the client. */
  readonly name: string
}

export const extensions: Readonly<Record<Language, string>> = { typescript: 'ts', module: 'js', commonjs: 'js' }

function typescript(client: ClientImport | null): string {
  const type = client
    ? `import type { ${imported(client)} } from '${client.from}'\n\ntype Client = typeof ${local(client)}`
    : "// import type { prisma } from '../src/db'\n// type Client = typeof prisma\ntype Client = any"
  return `import type { AsyncSession, MigrationContext } from 'prisma-session-proxy'
${type}

${notes((name, value) => `export const ${name} = '${value}'`)}

export async function up(_session: AsyncSession<Client>, _context: MigrationContext<Client>) {
${example}
}

// export async function down(_session: AsyncSession<Client>, _context: MigrationContext<Client>) {}
`
}

/** Its types are in comments, for editors and for tsc with checkJs. */
function javascript(language: Language, client: ClientImport | null): string {
  const isModule = language === 'module'
  const constant = (name: string) => (isModule ? `export const ${name}` : `exports.${name}`)
  const begin = (name: string) =>
    isModule ? `export async function ${name}` : `exports.${name} = async function ${name}`
  const type = client
    ? `/** @import { ${imported(client)} } from '${client.from}' */\n/** @typedef {typeof ${local(client)}} Client */`
    : '/** @typedef {any} Client */'
  return `/** @import { AsyncSession, MigrationContext } from 'prisma-session-proxy' */
${type}

${notes((name, value) => `${constant(name)} = '${value}'`)}

/**
 * @param {AsyncSession<Client>} _session
 * @param {MigrationContext<Client>} _context
 */
${begin('up')}(_session, _context) {
${example}
}

// ${begin('down')}(_session, _context) {}
`
}

function imported({ name }: ClientImport): string {
  return name === 'default' ? 'default as prisma' : name
}

function local({ name }: ClientImport): string {
  return name === 'default' ? 'prisma' : name
}

function notes(constant: (name: string, value: string) => string): string {
  return `// The script is one transaction, together with its row in the ledger. For many rows: ${constant('transaction', 'batch')}
// commits each page of batch() by itself; 'none' leaves transactions to the script.
// For a session without await: ${constant('mode', 'sync')}, with SyncSession and SyncMigrationContext.
// ${constant('requires', '20260101000000_one_of_prismas_migrations')}`
}

/** A comment, so that nothing is used: the parameters begin with _, which noUnusedParameters lets pass. */
const example = `  // const { batch, log } = _context
  // for await (const users of batch('User', { where: { kind: 'plain' }, size: 1000 })) {
  //   for (const user of users) user.kind = 'reader'
  //   log('%d users', users.length)
  // }`
