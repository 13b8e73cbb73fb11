import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { BridgeError } from '../errors.js'

/** By scripts/build.ts. */
declare const packageVersion: string

/** This file; a bundler that makes CommonJS leaves nothing there. */
export const here = import.meta.url as string | undefined

/** True where this file is TypeScript, which a worker needs a loader for. */
export const isSource = here?.endsWith('.ts') ?? false

/** The folder above, where every file has its place as in src/, compiled or not; in the package all are in one folder. */
const sources = here !== undefined && /\/bridge\/own-files\.[jt]s$/.test(here) ? new URL('../', here) : null

/** A module at the top of src/, which a worker loads. */
export function ownModule(name: string, beside: string): URL {
  return sources ? new URL(`${name}.${isSource ? 'ts' : 'js'}`, sources) : new URL(`./${name}.js`, beside)
}

/** A first file of a worker, which is JavaScript in src/ too. */
export function firstFile(name: string, beside: string): URL {
  return sources ? new URL(`${name}.mjs`, sources) : new URL(`./${name}.js`, beside)
}

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
  const beside = here === undefined ? undefined : filesBeside(here)
  if (beside && existsSync(beside.first)) return beside
  return installed([here, module ?? undefined, pathToFileURL(`${process.cwd()}/`).href])
}

function filesBeside(file: string): OwnFiles {
  return { first: firstFile('start-worker', file), entry: ownModule('worker', file).href }
}

function filesIn(folder: URL): OwnFiles {
  return { first: new URL('start-worker.js', folder), entry: new URL('worker.js', folder).href }
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
