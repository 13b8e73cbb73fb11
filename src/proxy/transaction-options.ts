import { ArgumentError } from '../errors.js'
import { isPlainObject } from '../session/objects/keys.js'

/** Options of `begin`, `transaction` and `$transaction`: an object, or nothing. */
export function transactionOptions(options: unknown): object {
  if (options === undefined) return {}
  if (isPlainObject(options)) return options
  throw new ArgumentError('transaction options are an object: { isolationLevel, maxWait, timeout }')
}
