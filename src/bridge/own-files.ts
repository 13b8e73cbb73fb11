import { pathToFileURL } from 'node:url'
import { BridgeError } from '../errors.js'
import { isFile, readJson, resolveFrom, urlFrom } from './outside-bundle.js'

/** By scripts/build.ts. */
declare const packageVersion: string

/** This file; a bundler that makes CommonJS leaves nothing there. */
export const here = import.meta.url as string | undefined

/** True where this file is TypeScript, which a worker needs a loader for. */
export const isSource = here?.endsWith('.ts') ?? false

/** The folder above, where every file has its place as in src/, compiled or not; in the package all are in one folder. */
const sources = here !== undefined && /\/bridge\/own-files\.[jt]s$/.test(here) ? urlFrom(here, '../') : null

/** A module at the top of src/, which a worker loads. */
export function ownModule(name: string, beside: string): URL {
  return sources ? urlFrom(sources, `${name}.${isSource ? 'ts' : 'js'}`) : urlFrom(beside, `./${name}.js`)
}

/** A first file of a worker, which is JavaScript in src/ too. */
export function firstFile(name: string, beside: string): URL {
  return sources ? urlFrom(sources, `${name}.mjs`) : urlFrom(beside, `./${name}.js`)
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
  if (beside && isFile(beside.first)) return beside
  return installed([here, module ?? undefined, pathToFileURL(`${process.cwd()}/`).href])
}

function filesBeside(file: string): OwnFiles {
  return { first: firstFile('start-worker', file), entry: ownModule('worker', file).href }
}

function filesIn(folder: URL): OwnFiles {
  return { first: urlFrom(folder, 'start-worker.js'), entry: urlFrom(folder, 'worker.js').href }
}

function installed(places: readonly (string | undefined)[]): OwnFiles {
  let other: string | undefined
  for (const place of places) {
    const file = place === undefined ? undefined : resolveFrom(place, 'prisma-session-proxy/package.json')
    if (file === undefined) continue
    const { version } = readJson(file) as { version: string }
    const found = filesIn(urlFrom(pathToFileURL(file), 'dist/'))
    if (version === packageVersion && isFile(found.first)) return found
    other ??= version
  }
  const why = other === undefined ? 'it is not installed where the program runs' : `${other} is installed there`
  throw new BridgeError(
    `this program is bundled, and its workers need the files of prisma-session-proxy ${packageVersion}: ${why}. Leave the package out of the bundle (esbuild: external; Next: serverExternalPackages), or install it beside the bundle`,
  )
}
