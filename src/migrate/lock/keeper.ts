import { setTimeout as wait } from 'node:timers/promises'
import type { MessagePort } from 'node:worker_threads'
import { textOf } from '../failure.js'
import { openClient, reach, sqlOver } from '../run/connections.js'
import type { ClientModule } from '../run/job.js'
import { type Holder, keepingTime, type Lock } from './contract.js'
import { inWords, lockedFailure, lockOf } from './lock.js'
/**
 * Takes the lock and keeps it until it is told to let go. It has a thread and a client of its own, because the lock must be
 * kept while a script computes, or blocks, or has its database busy.
 */
export async function keepLock(job: KeeperJob, port: MessagePort): Promise<void> {
  const client = await openClient(job)
  try {
    const lock = lockOf(client, sqlOver(client), job.command)
    const released = new Promise<void>((resolve) => port.once('message', () => resolve()))
    await reach(job, () =>
      taken(lock, job.patience, (holder) => tell(port, { kind: 'waiting', holder: inWords(holder) })),
    )
    tell(port, { kind: 'held', token: lock.token })
    await keep(lock, released, (why) => tell(port, { kind: 'lost', why }))
    await lock.release()
  } finally {
    await client.$disconnect()
  }
}

export interface KeeperJob extends ClientModule {
  readonly kind: 'keeper'
  /** What is run under the lock, for others to read. */
  readonly command: string
  /** Milliseconds to wait for another runner. */
  readonly patience: number
}

export type KeeperMessage =
  | { readonly kind: 'waiting'; readonly holder: string }
  | { readonly kind: 'held'; readonly token: string }
  | { readonly kind: 'lost'; readonly why: string }

async function taken(lock: Lock, patience: number, tellWaiting: (holder: Holder) => void): Promise<void> {
  const until = Date.now() + patience
  let isTold = false
  for (;;) {
    const holder = await lock.take()
    if (!holder) return
    const left = until - Date.now()
    if (left <= 0) throw lockedFailure(holder)
    if (!isTold) tellWaiting(holder)
    isTold = true
    await wait(Math.min(left, 300))
  }
}

async function keep(lock: Lock, released: Promise<void>, tellLost: (why: string) => void): Promise<void> {
  let isReleased = false
  const end = released.then(() => {
    isReleased = true
  })
  while (!isReleased) {
    const pause = new AbortController()
    await Promise.race([end, wait(keepingTime, undefined, { signal: pause.signal })])
    pause.abort()
    if (isReleased) return
    try {
      await lock.keep()
    } catch (error) {
      tellLost(textOf(error))
      return await end
    }
  }
}

function tell(port: MessagePort, message: KeeperMessage): void {
  port.postMessage(message)
}
