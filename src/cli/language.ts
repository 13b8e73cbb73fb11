import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '../migrate/failure.js'
import { readText } from '../migrate/text-file.js'

/** The language of a project's new scripts. */
export type Language = 'typescript' | 'module' | 'commonjs'

/**
 * The language of the project around a folder: TypeScript when there is a tsconfig.json between the folder and its
 * package.json, else JavaScript of the module kind that Node takes a `.js` file there for.
 */
export function languageOf(folder: string): Language {
  if (existsSync(join(folder, 'tsconfig.json'))) return 'typescript'
  const manifest = join(folder, 'package.json')
  if (existsSync(manifest)) return readManifest(manifest).type === 'module' ? 'module' : 'commonjs'
  return dirname(folder) === folder ? 'commonjs' : languageOf(dirname(folder))
}

/** Reads a package.json. */
export function readManifest(file: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(readText(file)))
  } catch (cause) {
    throw new Failure('USAGE', `${file} cannot be read as JSON: ${cause}. Fix it`, { cause })
  }
}
