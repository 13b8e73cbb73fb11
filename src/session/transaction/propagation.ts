import { type BeginOptions, callUser, type Steps } from '../../driver/effects.js'
import { InvalidRequestError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { checkOptions, transactionBlock, warnOfIgnored } from './transactions.js'

/** What to do with the transaction that is open when a block's turn comes, or with there being none. */
export type Propagation = 'required' | 'nested' | 'mandatory' | 'never'

/**
 * Runs `body` as `propagation` asks. Only a transaction that somebody has begun counts as open: one that the first use of
 * the session began is nobody's to commit, and is taken over.
 */
export function* propagate<T>(
  core: SessionCore,
  body: () => T,
  propagation: Propagation,
  options: BeginOptions,
): Steps<T> {
  const isOpen = core.transaction?.isExplicit ?? false
  if (propagation === 'mandatory' && !isOpen)
    throw new InvalidRequestError(
      "no transaction is open, and propagation 'mandatory' asks for one: call this inside transaction(fn), or use 'required'",
    )
  if (propagation === 'never' && isOpen)
    throw new InvalidRequestError(
      "a transaction is open, and propagation 'never' refuses one: call this outside it, or use 'requiresNew'",
    )
  const isPlain = propagation === 'never' || (isOpen && propagation !== 'nested')
  if (!isPlain) return yield* transactionBlock(core, body, options)
  checkOptions(core, options)
  yield* warnOfIgnored(core, options)
  return (yield* callUser('callback', body)) as T
}
