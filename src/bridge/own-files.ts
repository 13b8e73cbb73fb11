import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { BridgeError } from '../errors.js'

/** By scripts/build.ts. */
declare const packageVersion: string

/** This file; a bundler that makes CommonJS leaves nothing there. */
export const here = import.meta.url as string | undefined

export const isSource = here?.endsWith('.ts') ?? false

/** The files that workers begin with. */
export interface OwnFiles {
  readonly first: URL
  readonly entry: string
}

/**
 * They stand beside this file. In a program that is bundled they do not: then the installed package has them, as `module`
 * sees it, or the folder where the program was started.
 */
export function ownFiles(module: string | null): OwnFiles {
  if (isSource) return filesIn(new URL('../', here), 'start-worker.mjs', 'worker.ts')
  const beside = here === undefined ? undefined : filesIn(new URL('./', here))
  if (beside && existsSync(beside.first)) return beside
  return installed([here, module ?? undefined, pathToFileURL(`${process.cwd()}/`).href])
}

function filesIn(folder: URL, first = 'start-worker.js', entry = 'worker.js'): OwnFiles {
  return { first: new URL(first, folder), entry: new URL(entry, folder).href }
}

function installed(places: readonly (string | undefined)[]): OwnFiles {
  let other: string | undefined
  for (const place of places) {
    const file = place === undefined ? undefined : manifestFrom(place)
    if (file === undefined) continue
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
    const found = filesIn(new URL('dist/', pathToFileURL(file)))
    if (version === packageVersion && existsSync(found.first)) return found
    other ??= version
  }
  const why = other === undefined ? 'it is not installed where the program runs' : `${other} is installed there`
  throw new BridgeError(
    `this program is bundled, and its workers need the files of prisma-session-proxy ${packageVersion}: ${why}. Leave the package out of the bundle (esbuild: external; Next: serverExternalPackages), or install it beside the bundle`,
  )
}

function manifestFrom(place: string): string | undefined {
  try {
    return createRequire(place).resolve('prisma-session-proxy/package.json')
  } catch {
    return undefined
  }
}
