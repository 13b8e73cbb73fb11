import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { AnySession, SessionEvent } from '../../src/index.js'

/** What a listener is given; which of them are there depends on the event. */
export interface Payload {
  session: AnySession
  entity: object
  message: string
  transaction: { nested: boolean }
  statement: object
  params: unknown
}

interface Emitter {
  on(event: SessionEvent, listener: (payload: object) => unknown): unknown
}

/** Calls `listener` with a typed payload; what it returns goes back to the session. */
export function listen(session: Emitter, event: SessionEvent, listener: (payload: Payload) => unknown): void {
  session.on(event, (payload) => listener(payload as Payload))
}

/** A promise and what settles it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Collects garbage until `done` or for `milliseconds`; tells whether it came to `done`. */
export async function collectUntil(done: () => boolean, milliseconds = 8000): Promise<boolean> {
  const end = Date.now() + milliseconds
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5))
  while (Date.now() < end) {
    await pause() // what `done` looked at is held until its task ends
    collect()
    await pause()
    if (done()) return true
  }
  return false
}

/** A transaction's words with what may follow ROLLBACK TO left out: the savepoint itself may be released, or stay. */
export function words(wire: readonly string[]): string[] {
  return wire.filter((word, index) => !(word === 'RELEASE' && wire[index - 1] === 'ROLLBACK TO'))
}
