import { StaleDataError } from '../errors.js'
import type { Model } from '../model/model.js'
/** A statement met fewer rows than it named. */
export function staleRows(
  { name }: Model,
  what: string,
  expected: number,
  matched: number,
  cause?: unknown,
): StaleDataError {
  return new StaleDataError(
    `${what} on ${name} expected to match ${expected} row(s), ${matched} matched: the others were changed or deleted after they were read. Roll back, read again and repeat`,
    { cause },
  )
}
