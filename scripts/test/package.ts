import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { root } from './build.js'

const packages = join(root, '.tmp/packages')

/** Providers of the clients that are built beside the package, with the folders of their generated sources. */
const clients = { sqlite: 'generated/test', postgresql: 'generated/postgresql/test', mysql: 'generated/mysql/test' }

export type Provider = keyof typeof clients

/**
 * Builds the package as it is published, without its declarations, and returns its folder. Two files are added: `program`,
 * the command for a test's own process, and a client of the test schema for each provider. The folder is named for what it
 * is built from, so that it is built once, by the first process that needs it, and kept until the sources change.
 */
export function builtPackage(): string {
  built ??= findOrBuild()
  return built
}

let built: string | undefined

/** The file of a client in the built package. It is JavaScript, which takes half the time to load. */
export function clientFile(provider: Provider): string {
  return join(builtPackage(), `client-${provider}.mjs`)
}

function findOrBuild(): string {
  const folder = join(packages, digest())
  if (existsSync(folder)) {
    const now = new Date()
    utimesSync(folder, now, now)
    return folder
  }
  removeOld()
  mkdirSync(packages, { recursive: true })
  const unfinished = mkdtempSync(join(packages, 'unfinished-'))
  build(unfinished)
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
    rmSync(unfinished, { recursive: true }) // another process was first
  }
  return folder
}

function build(folder: string): void {
  const script = ['--import=tsx/esm', join(root, 'scripts/build.ts'), join(folder, 'dist')]
  execFileSync(process.execPath, [...script, '--no-types', '--sourcemap', '--with', 'cli/program'], { cwd: root })
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  buildSync({
    entryPoints: Object.entries(clients).map(([provider, source]) => ({
      in: join(root, source, 'client.ts'),
      out: `client-${provider}`,
    })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  })
}

/** Names everything that the build reads. */
function digest(): string {
  const hash = createHash('sha256')
  const sources = ['src', ...Object.values(clients)].flatMap(filesIn)
  for (const file of [
    'package.json',
    'package-lock.json',
    'scripts/build.ts',
    'scripts/test/package.ts',
    ...sources.sort(),
  ])
    hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}

function filesIn(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names.map((name) => join(folder, name)).filter((file) => statSync(join(root, file)).isFile())
}

/** Removes packages of other sources. A run that began within the last day may still use its own. */
function removeOld(): void {
  if (!existsSync(packages)) return
  for (const name of readdirSync(packages)) {
    const folder = join(packages, name)
    if (Date.now() - statSync(folder).mtimeMs > 86_400_000) rmSync(folder, { recursive: true, force: true })
  }
}
