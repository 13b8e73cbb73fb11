import type { AnySession } from './any-session.js'
import type { LoadVerbs } from './load-verbs.js'
import type { MemoryVerbs } from './memory-verbs.js'
import type { Mode } from './mode.js'
import type { StatementVerbs } from './statement-verbs.js'
import type { TransactionVerbs } from './transaction-verbs.js'

/** What every session over `C` has; `M` is its mode. */
export interface SessionVerbs<C, M extends Mode>
  extends AnySession,
    MemoryVerbs<C, M>,
    TransactionVerbs<C, M>,
    LoadVerbs<C, M>,
    StatementVerbs<C, M> {}
