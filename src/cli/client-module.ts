import { join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { resolveModuleURL } from 'exsolve'
import { isFile } from '../bridge/outside-bundle.js'
import { Failure } from '../migrate/failure.js'
import type { ClientModule } from '../migrate/run/job.js'

/**
 * Finds the module that exports the client: `./src/db.ts` or `@acme/db`, either with `#name` for an export of that name.
 * A file in the folder takes precedence over a package of the same name.
 */
export function findClient(given: string, folder: string): FoundClient {
  const [name, exportName] = partsOf(given, folder)
  const file = resolve(folder, name)
  const url = isFile(file) ? pathToFileURL(file).href : packageUrl(name, folder)
  if (url === undefined) throw notFound(given, name, file, folder)
  return {
    client: url,
    exportName: exportName === '' ? null : exportName,
    packageName: isFile(file) ? null : name,
  }
}

export interface FoundClient extends ClientModule {
  /** Null for a file of the project. */
  readonly packageName: string | null
}

/** The specifier with which a file in the folder imports it. */
export function specifierIn(folder: string, { client, packageName }: FoundClient): string {
  if (packageName !== null) return packageName
  const path = relative(folder, fileURLToPath(client)).replaceAll('\\', '/')
  return (path.startsWith('.') ? path : `./${path}`).replace(/\.([cm]?)tsx?$/, '.$1js')
}

/** The module and its export. A path may have a # in it too. */
function partsOf(given: string, folder: string): [name: string, exportName: string] {
  const at = given.lastIndexOf('#')
  return at < 0 || isFile(resolve(folder, given)) ? [given, ''] : [given.slice(0, at), given.slice(at + 1)]
}

/** Resolves as `import` does: createRequire() does not find packages that export for `import` only. */
function packageUrl(name: string, folder: string): string | undefined {
  if (!isPackageName(name)) return undefined
  return resolveModuleURL(name, { from: pathToFileURL(join(folder, '_')), try: true, cache: false })
}

function isPackageName(name: string): boolean {
  return /^(@[\w.~-]+\/)?[\w~-][\w.~-]*(\/.+)?$/.test(name)
}

function notFound(given: string, name: string, file: string, folder: string): Failure {
  const orPackage = isPackageName(name) ? ` and no package ${name} can be imported from ${folder}` : ''
  return new Failure(
    'USAGE',
    `Client module '${given}' not found: ${file} does not exist${orPackage}. Pass the file that exports the PrismaClient (./src/db.ts) or an installed package (@acme/db)`,
  )
}
