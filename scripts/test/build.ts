import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { build, type PluginBuild } from 'esbuild'

/** The root of the repository, wherever this file is compiled to. */
export const root = dirname(createRequire(import.meta.url).resolve('prisma-session-proxy/package.json'))

/** Holds the compiled tree. Inside the repository, so that packages are found. */
export const built = join(root, '.tmp/tests')

const compiled = ['src', 'test', 'scripts', 'demo', 'examples', 'generated']

/**
 * Compiles the tests and everything they import, file by file, into a tree of the same layout: a process then starts
 * without a loader, and a stack or a coverage report still names the source line.
 */
export async function buildTests(): Promise<void> {
  const sources = compiled.flatMap((folder) => filesIn(folder))
  const typescript = sources.filter((file) => /\.ts$/.test(file) && !file.endsWith('.d.ts'))
  removeStale(new Set(sources.map((file) => file.replace(/\.ts$/, '.js'))))
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: typescript,
    outdir: built,
    outbase: root,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    sourcesContent: false,
    write: false,
    logLevel: 'warning',
    plugins: [{ name: 'file by file', setup: keepFilesApart }],
  })
  for (const { path, contents } of outputFiles) update(path, contents)
  // The first files of workers are JavaScript already.
  for (const file of sources.filter((file) => /\.m?js$/.test(file)))
    update(join(built, file), readFileSync(join(root, file)))
}

/** Leaves every import between our own files as an import, of the compiled file. */
function keepFilesApart({ onResolve }: PluginBuild): void {
  onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, kind }) => {
    if (kind === 'entry-point' || path.endsWith('.json')) return
    const target = resolve(resolveDir, path)
    const source = target.replace(/\.js$/, '.ts')
    if (source.endsWith('.ts') && existsSync(source)) return { path: path.replace(/\.ts$/, '.js'), external: true }
    // JavaScript that is not copied is imported where it is.
    const from = join(built, relative(root, resolveDir))
    return { path: relative(from, target), external: true }
  })
}

function filesIn(folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names.map((name) => join(folder, name)).filter((file) => !uncompiled.test(file))
}

/** Applications that are tried with the installed package only (test/smoke/), and clients that are JavaScript already. */
const uncompiled = /node_modules|^examples\/(next|react-router|servers|sveltekit)\/|^generated\/[\w/]+-js\//

/** Leaves a file alone that is up to date, and replaces others at once: another run may be reading them. */
export function update(file: string, contents: Uint8Array): void {
  if (existsSync(file) && readFileSync(file).equals(contents)) return
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.${process.pid}`, contents)
  renameSync(`${file}.${process.pid}`, file)
}

/** Removes what was compiled from files that are gone. */
function removeStale(wanted: ReadonlySet<string>): void {
  if (!existsSync(built)) return
  for (const name of readdirSync(built, { recursive: true, encoding: 'utf8' })) {
    const path = join(built, name)
    // Entries have an owner of their own (entries.ts); a number at the end is a file that another run is writing.
    const isWanted = wanted.has(name.replace(/\.map$/, '')) || /^targets\/|\.\d+$/.test(name)
    if (!isWanted && /\.(js|mjs|map)$/.test(name)) rmSync(path, { force: true })
  }
}
