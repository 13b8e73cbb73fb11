import { operations, type PrismaCall, type Steps } from '../driver/effects.js'

/** The value of one call. */
export function* performed<T>(call: PrismaCall): Steps<T> {
  const [outcome] = yield* operations([call])
  if (outcome?.ok) return outcome.value as T
  throw outcome?.error
}
