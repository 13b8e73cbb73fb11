import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Failure } from '../../migrate/failure.js'
import { scriptFiles } from '../../migrate/files.js'
import { specifierIn } from '../client-module.js'
import { languageOf } from '../language.js'
import type { Reporter } from '../report/reporter.js'
import type { Settings } from '../settings.js'
import { type ClientImport, extensions, scriptTemplate } from './script-template.js'

/** Makes a new script in the project's own language, which comes after all others. */
export async function create(given: string, settings: Settings, reporter: Reporter): Promise<void> {
  const { dirToMake: dir } = settings
  const isRepeatable = given.startsWith('R__')
  const words = given
    .replace(/^R__/, '')
    .trim()
    .normalize()
    .replace(/[^\p{L}\p{M}\p{N}_]+/gu, '_')
    .replace(/^_+|_+$/g, '')
  if (words === '')
    throw new Failure(
      'USAGE',
      `"${given}" has no letters or digits to name a file with. Pass some words: "split names"`,
    )
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
  const language = languageOf(dir)
  const path = join(dir, `${name}.${extensions[language]}`)
  mkdirSync(dir, { recursive: true })
  writeFileSync(path, scriptTemplate(language, clientImport(dir, settings)), { flag: 'wx' })
  reporter.result({ event: 'created', name, path }, () => `made ${relative(settings.host.cwd(), path)}`)
}

/** In UTC, to the second. */
function timestamp(): string {
  return new Date().toISOString().replace(/\D/g, '').slice(0, 14)
}

/** The client's export, for its type; null before there is a client. */
function clientImport(dir: string, settings: Settings): ClientImport | null {
  try {
    const { client } = settings
    return { from: specifierIn(dir, client), name: client.exportName ?? 'prisma' }
  } catch {
    return null
  }
}
