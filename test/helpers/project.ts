import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'

/** The root of the repository, wherever the tests are compiled to. */
export const root = dirname(createRequire(import.meta.url).resolve('prisma-session-proxy/package.json'))
export const run = promisify(execFile)

/** For a Node process that lives for seconds: WebAssembly is compiled plainly and once, which halves its start. */
export const shortLived = '--liftoff-only'

/** A temporary project that uses the library. It is inside this one, so that packages are found. */
export class Project {
  readonly folder: string

  constructor(name: string) {
    mkdirSync(join(root, '.tmp'), { recursive: true })
    this.folder = mkdtempSync(join(root, `.tmp/${name}-`))
  }

  path(...names: string[]): string {
    return join(this.folder, ...names)
  }

  write(file: string, text: string): void {
    writeFileSync(this.path(file), text)
  }

  /** Makes a database file with the tables of a DDL file in generated/. */
  async createDatabase(file: string, ddl: string): Promise<void> {
    await this.execute(file, readFileSync(join(root, 'generated', ddl), 'utf8'))
  }

  /** Sends SQL to a database file. */
  async execute(file: string, sql: string): Promise<void> {
    const connection = await new PrismaBetterSqlite3({ url: pathToFileURL(this.path(file)).href }).connect()
    await connection.executeScript(sql)
    await connection.dispose()
  }

  /** The errors of tsc in the files that `include` names. */
  async typeErrors(include: string[], compilerOptions: object): Promise<string> {
    this.write('tsconfig.json', JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include }))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [tsc, '-p', this.folder]).catch((error: { stdout: string }) => error)
    return stdout
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
