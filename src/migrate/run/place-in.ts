import { pathToFileURL } from 'node:url'
/** Of an error's stack the lines that lie in a script, which is what its author can look at; null where none does. */
export function placeIn(error: unknown, path: string): string | null {
  if (!(error instanceof Error) || !error.stack) return null
  const lines = error.stack.split('\n').filter((line) => line.includes(path) || line.includes(pathToFileURL(path).href))
  const places = lines.filter((line) => /^\s+at /.test(line)).slice(0, 5)
  return places.length > 0 ? places.join('\n') : null
}
