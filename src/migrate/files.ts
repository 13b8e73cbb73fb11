import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { Umzug } from 'umzug'
import { Failure } from './failure.js'
import { readText } from './text-file.js'

/** A script's file, found and not loaded. */
export interface ScriptFile {
  /** The file's name without its extension: what the ledger knows it by. */
  readonly name: string
  readonly path: string
  readonly checksum: string
  /** `R__…`: run again whenever it changes, after all others. */
  readonly isRepeatable: boolean
}

/** The scripts of a folder, in the order of their names. Umzug finds and sorts them. */
export async function scriptFiles(folder: string): Promise<ScriptFile[]> {
  if (!existsSync(folder)) return []
  const found = await new Umzug({ migrations: scriptsOf(folder), logger: undefined }).migrations({})
  const files = found.map(({ path }) => scriptFile(path as string))
  for (const [index, { name, path }] of files.entries()) {
    if (!isName(name)) {
      throw new Failure(
        'USAGE',
        `${path} is not named as a script: a script's name is digits first, then letters, digits and _ (20261127090000_split_names), or R__ and a name for one that runs again when it changes. Begin the names of other files in that folder with _`,
      )
    }
    const other = files[index - 1]
    if (other?.name === name)
      throw new Failure('USAGE', `${other.path} and ${path} are the same script twice: move one of them out`)
  }
  return files
}

/** What Umzug takes for scripts. Their names have no sign that sorts before the dot of an extension. */
export function scriptsOf(folder: string): { readonly glob: [string, object] } {
  return { glob: ['*.{ts,mts,cts,js,mjs,cjs}', { cwd: folder, ignore: ['_*', '*.d.{ts,mts,cts}'] }] }
}

export function scriptFile(path: string): ScriptFile {
  const name = nameOf(path)
  return { name, path, checksum: checksumOf(path), isRepeatable: name.startsWith('R__') }
}

/** Names that stand in the order in which scripts run. */
export function isName(name: string): boolean {
  return /^(\d[\p{L}\p{M}\p{N}_]*|R__[\p{L}\p{M}\p{N}_]+)$/u.test(name)
}

/** The name that is meant by a name, a file's name or a path. */
export function nameOf(given: string): string {
  const name = basename(given).normalize() // macOS takes some letters apart
  return /\.[cm]?[jt]s$/.test(name) ? basename(name, extname(name)) : name
}

/** The checksum of a file's text: line ends and a byte order mark do not count. */
function checksumOf(path: string): string {
  return createHash('sha256').update(readText(path).replace(/\r\n?/g, '\n')).digest('hex')
}
