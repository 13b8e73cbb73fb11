import { pathToFileURL } from 'node:url'
import { workerData } from 'node:worker_threads'
import { importModule, isFile, readJson, requireFrom, resolveFrom, urlFrom } from './outside-bundle.js'
import { here } from './own-files.js'
/** Whether a module is for tsx to load. */
export function isTypeScript(module: string): boolean {
  return /\.[cm]?tsx?$/.test(new URL(module).pathname)
}

/** Whether what an import threw says that a loader for TypeScript is missing. Newer Nodes load it, but for enums and their like. */
export function needsTsx(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  const isUnknown = code === 'ERR_UNKNOWN_FILE_EXTENSION' && /"\.[cm]?tsx?"/.test(String(error))
  return isUnknown || code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
}

/** The URL of tsx, as the module that is to be loaded sees it, or else we; null where it is not installed. */
export function tsxFor(module: string | null): string | null {
  for (const place of [module, here, pathToFileURL(`${process.cwd()}/`).href]) {
    const file = place ? resolveFrom(place, 'tsx/package.json') : undefined
    if (file === undefined) continue
    const { exports } = readJson(file) as { exports?: Record<string, TsxEntry> }
    const api = exports?.['./esm/api']?.import
    const path = typeof api === 'string' ? api : api?.default
    const url = path === undefined ? undefined : urlFrom(pathToFileURL(file), path)
    if (url && isFile(url)) return url.href
  }
  return null
}

/** Has this worker load TypeScript from now on. */
export async function useTsx(url: string): Promise<void> {
  if (isInUse) return
  isInUse = true
  requireFrom(url, 'tsx/cjs') // what is no ES module loads another way
  const { register } = await importModule(url)
  ;(register as () => unknown)()
}

interface TsxEntry {
  readonly import?: string | { readonly default?: string }
}

/** start-worker.mjs may have seen to it. */
let isInUse = Boolean((workerData as { readonly tsx?: unknown } | null)?.tsx)
