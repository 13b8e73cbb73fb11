import { join, relative, resolve } from 'node:path'
import { built, root } from './build.js'
import { entryFile, targets } from './entries.js'

/**
 * Turns the arguments of `npm test` into ava's: source files and globs become those of the compiled tree. Without any, the
 * entries are run, or that of the TARGET.
 *
 * @throws Error when an argument or TARGET is not one that can be run.
 */
export function avaArguments(
  words: readonly string[],
  target: string | undefined,
  entries: readonly string[],
): readonly string[] {
  if (target !== undefined && !targets.includes(target))
    throw new Error(`Unknown TARGET '${target}'. Expected one of: ${targets.join(', ')}.`)
  if (words.some((word) => /^(--watch|-w)$/.test(word)))
    throw new Error('--watch is not supported: the tests are compiled once, before they run. Run npm test again.')
  const isFile = words.map((word, index) => !word.startsWith('-') && !takesValue.test(words[index - 1] ?? ''))
  if (isFile.includes(true)) return words.map((word, index) => (isFile[index] ? compiled(word) : word))
  return [...words, ...(target === undefined ? entries : [entryFile(target)])]
}

/** Options of ava whose value is the next word. */
const takesValue = /^(--match|-m|--timeout|-T|--concurrency|-c|--node-arguments|--config)$/

function compiled(word: string): string {
  const path = relative(root, resolve(root, word))
  if (!path.startsWith('test/'))
    throw new Error(`'${word}' is not a test. Expected a file or glob below test/, like test/conformance/get.test.ts.`)
  return relative(root, join(built, path.replace(/\.ts$/, '.js')))
}
