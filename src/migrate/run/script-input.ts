import { syncBuiltinESMExports } from 'node:module'
import { Readable } from 'node:stream'

/**
 * Makes `process.stdin` of this thread ask for input when a script reads it: a worker's own gets none, and whoever waited
 * for it would wait for ever. Returns what takes the input; null is its end.
 */
export function askForInput(ask: () => void): (input: Uint8Array | null) => void {
  const stdin = new Readable({ read: ask })
  Object.defineProperty(process, 'stdin', { value: stdin, configurable: true })
  syncBuiltinESMExports()
  return (input) => void stdin.push(input)
}
