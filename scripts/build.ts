/** Makes the package: `npm run build`, or `tsx scripts/build.ts <folder>` for another folder than dist. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const [out = join(root, 'dist')] = process.argv.slice(2)

const common: BuildOptions = {
  absWorkingDir: root,
  entryPoints: ['src/index.ts'],
  bundle: true,
  packages: 'external', // dependencies and peers stay what the user has installed
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
}
// `from './x.js'` and `import('./x.js')`, as tsc writes them.
const relativeImport = /((?:from |import\()')(\.\.?\/[^']+)\.js'/g

rmSync(out, { recursive: true, force: true })
await build({ ...common, format: 'esm', outfile: join(out, 'index.js') })
await build({ ...common, format: 'cjs', outfile: join(out, 'index.cjs') })
cpSync(join(root, 'src/matrix/matrix.json'), join(out, 'matrix.json'))
emitTypes(join(out, 'types'))

/** The declarations that the entry reaches, for ES modules and once more for CommonJS, which asks for `.d.cts`. */
function emitTypes(folder: string): void {
  const emitted = join(out, '.declarations')
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', emitted], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  for (const [name, text] of reach('index', emitted)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, `${name}.d.ts`), text)
    writeFileSync(join(folder, `${name}.d.cts`), text.replace(relativeImport, "$1$2.cjs'"))
  }
  rmSync(emitted, { recursive: true })
}

function reach(name: string, folder: string, reached = new Map<string, string>()): Map<string, string> {
  if (reached.has(name)) return reached
  const text = readFileSync(join(folder, `${name}.d.ts`), 'utf8')
  reached.set(name, text)
  for (const [, , path = ''] of withoutComments(text).matchAll(relativeImport))
    reach(join(dirname(name), path), folder, reached)
  return reached
}

/** Examples in comments import what is not there. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '')
}
