import test, { type Implementation } from 'ava'
import { absent } from './absent.js'
import { type DatabaseName, dropDatabases } from './databases.js'
/** Declares a test of a database, one after the other: side by side they would eat up each other's maxWait. Skipped by name without its server. */
export function testOn<Args extends unknown[]>(
  row: { readonly name: DatabaseName },
  title: string,
  body: Implementation<Args>,
  ...args: Args
): void {
  if (absent.has(row.name)) test.skip(`${title}: no server`, () => {})
  else test.serial(title, body, ...args)
}

test.after.always('no database is left on a server', () => dropDatabases())
