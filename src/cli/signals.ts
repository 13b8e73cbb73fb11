import { Failure } from '../migrate/failure.js'
/** Ctrl-C and its like: the first time the script may end its page, the second time it may not. */
export class Signals {
  /** The failure that a second signal is. */
  readonly insisted: Promise<Failure>
  readonly #listener: (signal: NodeJS.Signals) => void

  constructor(stop: (signal: NodeJS.Signals) => void) {
    let insist: (failure: Failure) => void = () => {}
    this.insisted = new Promise((resolve) => {
      insist = resolve
    })
    let count = 0
    this.#listener = (signal) => {
      count++
      if (count === 1) stop(signal)
      else insist(new Failure('INTERRUPTED', insistence))
    }
    for (const signal of signals) process.on(signal, this.#listener)
  }

  close(): void {
    for (const signal of signals) process.off(signal, this.#listener)
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const insistence = 'interrupted twice, and ended at once. What was not committed is rolled back'
