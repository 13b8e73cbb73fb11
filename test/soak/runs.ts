import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { type DatabaseRow, databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'
/** A longer soak: `SOAK=10 npm test -- 'test/soak/*.test.ts'`. */
export const isLong = process.env.SOAK !== undefined
export const times = Number(process.env.SOAK ?? 1)

/** Declares a test in both modes: on every database with SOAK, else on those that tell the most. */
export function inBothModes(
  title: string,
  body: (t: ExecutionContext, row: DatabaseRow, mode: string) => unknown,
): void {
  for (const row of databases) {
    if (isLong || row.name === 'better-sqlite3' || row.name === 'postgresql')
      testOn(row, `${title} [async, ${row.name}]`, (t) => body(t, row, 'async'))
    if (isLong || row.name === 'better-sqlite3')
      testOn(row, `${title} [sync, ${row.name}]`, (t) => body(t, row, 'sync'))
  }
}

/** Node's arguments for one of the fixtures. */
export function fixture(name: string, ...args: readonly string[]): string[] {
  return [fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url)), ...args]
}

/** What a process of its own prints, as JSON. */
export async function printed<T>(args: readonly string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as T
}
