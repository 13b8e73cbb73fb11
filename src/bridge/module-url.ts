import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ArgumentError } from '../errors.js'
/** The URL of a module that `verb` was given: another thread has another idea of what is relative. */
export function moduleUrl(module: unknown, verb: string): string {
  if (module instanceof URL) return module.href
  if (typeof module === 'string' && isAbsolute(module)) return pathToFileURL(module).href
  if (typeof module === 'string' && module.startsWith('file:')) return module
  throw new ArgumentError(
    `${verb} takes the URL or the absolute path of a module, not ${JSON.stringify(module) ?? String(module)}: new URL('./db.ts', import.meta.url)`,
  )
}
