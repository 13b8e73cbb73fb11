import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../helpers/project.js'

const run = promisify(execFile)
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The lines of Node that the package says it runs on, each as the registry's binary for this machine. */
export const nodes = ['20', '22', '24'] as const
export type NodeLine = (typeof nodes)[number]

/** The versions of a package that this project is tested with. */
export function rangeOf(name: string): string {
  return devDependencies[name]
}

/** Everything that the package is tried in, in one install: each is an edition that others agree with. */
const environments: readonly string[] = [
  ...['jest@^30', 'vitest@^5', 'bun@^1', 'deno@^2', 'pnpm@^12', '@yarnpkg/cli-dist@^4'],
  ...['typescript@^6', '@types/node@^22', '@types/react@^19'],
  ...['next@^16', 'react@^19', 'react-dom@^19'],
  ...['vite@^8', 'svelte@^5', '@sveltejs/kit@^3', '@sveltejs/adapter-node@^6', '@sveltejs/vite-plugin-svelte@^7'],
  // these two bring react-router in the one version that both accept
  ...['@react-router/dev@^7', '@react-router/serve@^7', 'isbot@^5'],
  ...['hono@^4', '@trpc/server@^11', 'graphql@^17', 'graphql-yoga@^5', '@pothos/core@^4'],
  ...['rollup@^4', '@rollup/plugin-node-resolve@^16', '@rollup/plugin-commonjs@^29', '@rollup/plugin-json@^6'],
]

interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Without it the project's folder. */
  readonly cwd?: string
  readonly timeout?: number
}

/** An empty project elsewhere, into which the packed package is installed as its users would install it. */
export class Consumer {
  readonly folder = mkdtempSync(join(tmpdir(), 'consumer-'))
  /** The package as `npm publish` would send it. */
  readonly tarball: string
  readonly files: readonly string[]

  private constructor(tarball: string, files: readonly string[]) {
    this.tarball = tarball
    this.files = files
  }

  static async create(): Promise<Consumer> {
    const packs = mkdtempSync(join(tmpdir(), 'packed-'))
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', packs], { cwd: root })
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string; files: { path: string }[] }]
    const consumer = new Consumer(
      join(packs, packed.filename),
      packed.files.map(({ path }) => path),
    )
    consumer.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
    await consumer.install()
    return consumer
  }

  /** Nothing of it compiles: libsql's binaries come from the registry. */
  private async install(): Promise<void> {
    const same = ['prisma', '@prisma/client', '@prisma/adapter-libsql', 'tsx'].map((name) => `${name}@${rangeOf(name)}`)
    const binaries = nodes.map((line) => `node${line}@npm:node-${process.platform}-${process.arch}@${line}`)
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
    const packages = [this.tarball, ...same, ...environments, ...binaries]
    await this.run('npm', ['install', ...quiet, ...packages], { timeout: 1_800_000 })
  }

  /** Both generators of Prisma, from one schema. The schema engine, which they ask for, is never started. */
  async generate(schema: string): Promise<void> {
    this.write('schema.prisma', schema)
    await this.generateFrom('schema.prisma')
  }

  async generateFrom(schema: string): Promise<void> {
    const env = {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    }
    await this.run(process.execPath, ['node_modules/prisma/build/index.js', 'generate', '--schema', schema], { env })
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text)
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8')
  }

  /** The program of one of the lines of Node. */
  nodeOf(line: NodeLine): string {
    return this.installed(`node${line}`, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node')
  }

  /** Returns what one of the lines of Node prints. */
  node(line: NodeLine, ...args: readonly string[]): Promise<string> {
    return this.run(this.nodeOf(line), args)
  }

  /** The path of a file in a package that is installed there. */
  installed(name: string, file: string): string {
    return join(this.folder, 'node_modules', name, file)
  }

  async run(
    file: string,
    args: readonly string[],
    { env, cwd = this.folder, timeout = 120_000 }: RunOptions = {},
  ): Promise<string> {
    const options = { cwd, timeout, maxBuffer: 16_000_000, env: { ...process.env, NODE_OPTIONS: '', ...env } }
    const { stdout } = await run(file, [...args], options).catch((error: Error & { stdout?: string }) => {
      error.message += `\n${error.stdout ?? ''}` // compilers say there what is wrong
      throw error
    })
    return stdout
  }

  /** With what of this project only checks: it is not installed there. */
  async typeErrors(files: readonly string[]): Promise<string> {
    cpSync(join(root, 'node_modules/@types/node'), join(this.folder, 'node_modules/@types/node'), { recursive: true })
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--lib',
      'es2023,esnext.disposable',
      '--types',
      'node',
    ]
    const modules = ['--module', 'nodenext', '--allowImportingTsExtensions']
    return this.run(process.execPath, [tsc, ...options, ...modules, ...files]).catch(
      (error: { stdout: string }) => error.stdout,
    )
  }

  remove(): void {
    for (const folder of [this.folder, join(this.tarball, '..')]) rmSync(folder, { recursive: true, force: true })
  }
}
