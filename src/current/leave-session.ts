import { unitOf } from '../proxy/reflection.js'
import type { Unit } from '../proxy/unit.js'
import { closeForGood } from '../session/transaction/close.js'

/**
 * Closes a session for good, whatever its policy says of `close`: whoever has kept it, or one of its lazy calls, is told
 * instead of opening a transaction once more.
 */
export async function leaveSession(session: object): Promise<void> {
  const unit = unitOf(session) as Unit
  await unit.perform('close', closeForGood(unit.core))
}
