import { unitOf } from '../proxy/reflection.js'
import type { Unit } from '../proxy/unit.js'
import { ending, leaving } from '../proxy/watch/mistakes.js'
import { closeForGood } from '../session/transaction/close.js'

/**
 * Closes a session for good, whatever its policy says of `close`: whoever has kept it, or one of its lazy calls, is told
 * instead of opening a transaction once more.
 */
export async function leaveSession(session: object): Promise<void> {
  const unit = unitOf(session) as Unit
  await unit.perform('close', ending(unit, closeForGood(unit.core)))
}

/** The same at the end of work that has succeeded: what it did not commit was forgotten. */
export async function finishSession(session: object): Promise<void> {
  const unit = unitOf(session) as Unit
  await unit.perform('close', leaving(unit, closeForGood(unit.core)))
}
