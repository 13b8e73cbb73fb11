/**
 * Makes the package: `npm run build`, or `tsx scripts/build.ts <folder>` for another folder than dist; with `--no-types`
 * without its declarations, which take most of the time, with `--with <module of src/>` with one more file, and with
 * `--sourcemap` with source maps, for coverage.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BuildOptions, build, type PluginBuild } from 'esbuild'
import { licensesOf } from './build/licenses.js'

/** The root of the repository, wherever this file is compiled to. */
const root = dirname(createRequire(import.meta.url).resolve('prisma-session-proxy/package.json'))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'no-types': { type: 'boolean' },
    sourcemap: { type: 'boolean' },
    with: { type: 'string', multiple: true },
  },
})
const [out = join(root, 'dist')] = positionals

/** What the package's users import, one file each. */
const entries = ['index', 'sync']

/** The command, and the first files of workers: ES modules whatever the program is. */
const inner = ['cli', 'cli-worker', 'script-client', 'start-cli-worker', 'start-worker', 'worker']

const common: BuildOptions = {
  absWorkingDir: root,
  // Libraries are bundled: nothing else has to be installed, one file loads sooner than the forty of a library, and
  // Jest cannot require those that are ES modules only. Peers stay what the user has installed.
  bundle: true,
  packages: 'bundle',
  external: [...Object.keys(manifest.peerDependencies), '@prisma/*'],
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
  sourcemap: values.sourcemap ?? false,
  sourcesContent: false,
  define: { packageVersion: JSON.stringify(manifest.version) },
}
// `from './x.js'` and `import('./x.js')`, as tsc writes them.
const relativeImport = /((?:from |import\()')(\.\.?\/[^']+)\.js'/g

rmSync(out, { recursive: true, force: true })
// Chunks are shared between the entries, so that a class or a registry is there once.
const { metafile } = await build({
  ...common,
  entryPoints: [...entries, ...inner, ...(values.with ?? [])].map((name) => ({
    in: `src/${name}.${name.startsWith('start-') ? 'mjs' : 'ts'}`,
    out: basename(name),
  })),
  format: 'esm',
  splitting: true,
  outdir: out,
  metafile: true,
  plugins: [{ name: 'without the command line of umzug', setup: withoutCommandLine }],
})
for (const name of readdirSync(out)) if (name.endsWith('.js')) letRequire(join(out, name))
// CommonJS has no chunks: one file has it all, and each entry a part of that.
await build({
  ...common,
  stdin: {
    contents: entries.map((name) => `export * as ${name} from './src/${name}.ts'`).join('\n'),
    resolveDir: root,
  },
  format: 'cjs',
  outfile: join(out, 'common.cjs'),
  define: { ...common.define, 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
})
for (const name of entries) {
  const text = `'use strict'\nObject.defineProperty(exports, '__esModule', { value: true })\nObject.assign(exports, require('./common.cjs').${name})\n`
  writeFileSync(join(out, `${name}.cjs`), text)
}
cpSync(join(root, 'src/matrix/matrix.json'), join(out, 'matrix.json'))
writeFileSync(join(out, 'licenses.txt'), licensesOf(metafile, root))
if (!values['no-types']) emitTypes(join(out, 'types'))

/**
 * What of the command's libraries is CommonJS requires Node's modules, by a helper of esbuild's that looks for `require`.
 * It stands in a file that all share, and is to do no harm in a bundle where `import.meta` is empty. It looks for another
 * name, because programs define `require` and `createRequire` themselves, in a banner above the bundle that has this file.
 */
function letRequire(file: string): void {
  const text = readFileSync(file, 'utf8')
  const helper = /^var __require = [\s\S]*?^\}\);$/m
  if (!helper.test(text)) return
  const made = 'import.meta.url ? makeRequire(import.meta.url) : undefined'
  const renamed = text.replace(helper, (found) => found.replace(/\brequire\b(?! of)/g, 'ownRequire'))
  writeFileSync(
    file,
    `import { createRequire as makeRequire } from 'node:module'; const ownRequire = ${made}\n${renamed}`,
  )
  if (!values.sourcemap) return
  const map = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { mappings: string }
  writeFileSync(`${file}.map`, JSON.stringify({ ...map, mappings: `;${map.mappings}` }))
}

/** Umzug's own command is not used, and what it is built on is most of what umzug takes along. */
function withoutCommandLine(build: PluginBuild): void {
  build.onResolve({ filter: /^@rushstack\/ts-command-line$/ }, ({ path }) => ({ path, namespace: 'left-out' }))
  build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
    contents: 'module.exports = new Proxy({}, { get: () => class {} })',
  }))
}

/** The declarations that the entries reach, for ES modules and once more for CommonJS, which asks for `.d.cts`. */
function emitTypes(folder: string): void {
  const emitted = join(out, '.declarations')
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', emitted], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const reached = new Map<string, string>()
  for (const name of entries) reach(name, emitted, reached)
  for (const [name, text] of reached) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, `${name}.d.ts`), text)
    writeFileSync(join(folder, `${name}.d.cts`), text.replace(relativeImport, "$1$2.cjs'"))
  }
  rmSync(emitted, { recursive: true })
}

function reach(name: string, folder: string, reached: Map<string, string>): void {
  if (reached.has(name)) return
  const text = readFileSync(join(folder, `${name}.d.ts`), 'utf8')
  reached.set(name, text)
  for (const [, , path = ''] of withoutComments(text).matchAll(relativeImport))
    reach(join(dirname(name), path), folder, reached)
}

/** Examples in comments import what is not there. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '')
}
