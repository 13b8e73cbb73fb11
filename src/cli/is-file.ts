import { statSync } from 'node:fs'

/** False for a folder of that name, too. */
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
