import { setInterval, setTimeout as wait } from 'node:timers/promises'
import { textOf } from '../error-text.js'
import { Failure } from '../failure.js'
import type { Sql } from '../sql.js'
import { inWords, keepingTime, type Lock } from './contract.js'
import { lockedFailure, lockOf } from './lock.js'
/** A lock that is held, and kept until it is let go of. Its thread's event loop has to be free. */
export class Keeper {
  readonly #lock: Lock
  readonly #setting: KeeperSetting
  readonly #released = new AbortController()
  /** Settles when it is kept no more. */
  readonly #keeping: Promise<void>
  #isLost = false

  private constructor(lock: Lock, setting: KeeperSetting) {
    this.#lock = lock
    this.#setting = setting
    this.#keeping = this.#keep()
  }

  /** Waits for the lock as long as the setting says, and throws a Failure then. */
  static async take(client: object, sql: Sql, setting: KeeperSetting): Promise<Keeper> {
    const lock = lockOf(client, sql, setting.command)
    const until = Date.now() + setting.patience
    let isTold = false
    for (let holder = await lock.take(); holder; holder = await lock.take()) {
      const left = until - Date.now()
      if (setting.isUnwanted()) throw new Failure('INTERRUPTED', 'interrupted while it waited for its turn')
      if (left <= 0) throw lockedFailure(holder)
      if (!isTold) setting.onWaiting(inWords(holder))
      isTold = true
      await wait(Math.min(left, 300))
    }
    return new Keeper(lock, setting)
  }

  /** What transactions show at the fence. */
  get token(): string {
    return this.#lock.token
  }

  async release(): Promise<void> {
    this.#released.abort()
    await this.#keeping
    if (!this.#isLost) await this.#lock.release()
  }

  async #keep(): Promise<void> {
    const { signal } = this.#released
    try {
      for await (const _ of setInterval(keepingTime, undefined, { signal }))
        await this.#setting.heartbeat((isAtWork) => this.#lock.keep(isAtWork))
    } catch (error) {
      if (signal.aborted) return
      this.#isLost = true
      this.#setting.onLost(textOf(error))
    }
  }
}

export interface KeeperSetting {
  /** What is run under the lock, for others to read. */
  readonly command: string
  /** Milliseconds to wait for another runner. */
  readonly patience: number
  readonly onWaiting: (holder: string) => void
  /** Whether it need not be waited for any more. */
  readonly isUnwanted: () => boolean
  readonly onLost: (why: string) => void
  /** Calls `send` with whether a transaction is open that has passed the fence, or is about to. */
  readonly heartbeat: (send: (isAtWork: boolean) => Promise<void>) => Promise<void>
}
