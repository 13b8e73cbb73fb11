import { readFileSync } from 'node:fs'

/** Reads a file of UTF-8, without the byte order mark that some editors on Windows write. */
export function readText(file: string): string {
  return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
}
