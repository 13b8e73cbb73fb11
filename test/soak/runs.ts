import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { type DatabaseRow, databases } from '../helpers/databases.js'
import { shortLived } from '../helpers/project.js'
import { testOn } from '../helpers/test-on.js'

/** `SOAK=1 npm test -- 'test/soak/*.test.ts'` runs the whole soak on every database, `SOAK=10` ten times as much. */
export const isLong = process.env.SOAK !== undefined
export const times = Number(process.env.SOAK ?? 0.1)

/** Declares a test in both modes: on every database with SOAK, else on those that show the most. */
export function inBothModes(
  title: string,
  body: (t: ExecutionContext, row: DatabaseRow, mode: string) => unknown,
): void {
  for (const row of databases) {
    if (isLong || row.name === 'better-sqlite3' || row.name === 'postgresql')
      testOn({ ...row, mode: 'async' }, `${title} [async, ${row.name}]`, (t) => body(t, row, 'async'))
    if (isLong || row.name === 'better-sqlite3')
      testOn({ ...row, mode: 'sync' }, `${title} [sync, ${row.name}]`, (t) => body(t, row, 'sync'))
  }
}

/** Node's arguments for one of the fixtures. */
export function fixture(name: string, ...args: readonly string[]): string[] {
  return [shortLived, fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url)), ...args]
}

/** The JSON that a process of its own prints. */
export async function printed<T>(args: readonly string[]): Promise<T> {
  // These processes measure memory: counting coverage takes some, and outside production the objects of a closed session
  // are watched for a second.
  const env = { ...process.env, NODE_V8_COVERAGE: '', NODE_ENV: 'production' }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  return JSON.parse(stdout) as T
}
