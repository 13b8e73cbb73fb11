import { type DatabaseName, databases } from './databases.js'
import { isServed } from './servers.js'
/** Databases that no server answers for on this machine: their tests are skipped by name. */
export const absent: ReadonlySet<DatabaseName> = await findAbsent()

// At import: tests have to be declared in one go.
async function findAbsent(): Promise<Set<DatabaseName>> {
  const found = new Set<DatabaseName>()
  for (const { name } of databases)
    if ((name === 'postgresql' || name === 'mariadb') && !(await isServed(name))) found.add(name)
  return found
}
