import { BlockingDriver } from '../driver/blocking.js'
import type { Driver } from '../driver/driver.js'
import type { Steps } from '../driver/effects.js'
import type { InProcessDriver } from '../driver/in-process.js'
import type { Decisions, Mode } from '../matrix/decide.js'
import type { SessionCore } from '../session/core.js'
import type { EntityState } from '../session/objects/state.js'
import { loadExpired } from '../session/verbs/load-expired.js'
import { Block } from './block.js'
import { CallQueue } from './call-queue.js'
import type { Autocommit, Calls } from './calls.js'
import { CallsAtOnce } from './calls-at-once.js'
import { CallsInTurn } from './calls-in-turn.js'
import { faceOf } from './reflection.js'
import { HeldConnection, warnOfGivenUp, warnOfWaiting } from './watch/held-connection.js'
import { warnOfMistake } from './watch/mistakes.js'
import { warnOfError } from './watch/process-warning.js'
/** What a session proxy stands for: the unit of work, its driver, and how its calls are run. The traps' target. */
export class Unit {
  readonly core: SessionCore
  readonly driver: Driver
  readonly decisions: Decisions
  readonly calls: Calls
  readonly autocommit: Autocommit
  /** The connection that its transaction holds. */
  readonly held: HeldConnection
  /** The options as they were given. */
  readonly given: Readonly<Record<string, unknown>>
  /** The session's, where this is that of a block. */
  readonly own: Unit = this

  constructor(
    core: SessionCore,
    driver: InProcessDriver | BlockingDriver,
    decisions: Decisions,
    given: Readonly<Record<string, unknown>>,
    autocommit: Autocommit,
  ) {
    this.core = core
    this.given = given
    this.driver = driver
    this.decisions = decisions
    this.autocommit = autocommit
    this.held = new HeldConnection(core, driver.pool)
    core.events.onError = warnOfError
    core.onMistake = (kind, message) => warnOfMistake(core, kind, message)
    core.onGivenUp = () => warnOfGivenUp(core)
    if (driver instanceof BlockingDriver) {
      this.calls = new CallsAtOnce(core, driver, this.held, autocommit, new Block('session'))
      core.loadNow = (state: EntityState, name: string) => this.perform('refresh', loadExpired(core, state, name))
    } else {
      const setting = {
        refusesOverlap: given.concurrency === 'error',
        idleWarning: core.options.idleWarning,
        place: () => this.held.place,
        warn: (message: string) => warnOfWaiting(core, message),
      }
      const queue = new CallQueue('session', null, setting)
      this.calls = new CallsInTurn(core, driver, this.held, autocommit, queue, () => faceOf(this))
    }
  }

  /** The same in the block that this is called in: what is called on it runs there, and is refused once that has ended. */
  ofBlock(): Unit {
    return Object.create(this, { calls: { value: this.calls.ofBlock() } })
  }

  /** True for that of a block, which has no more than the client of a transaction. */
  get isOfBlock(): boolean {
    return this !== this.own
  }

  get mode(): Mode {
    return this.driver.isAsync ? 'async' : 'sync'
  }

  perform(verb: string, steps: Steps<unknown>): unknown {
    return this.calls.perform(verb, steps)
  }
}
