import { SingleBar } from 'cli-progress'

/** A bar that only shows on a terminal, and only once the work has taken longer than a moment. */
export class Progress {
  readonly #bar = new SingleBar({ format: '  {bar} {value} of {total} rows', clearOnComplete: true, hideCursor: true })
  readonly #total: number
  #begun: number | undefined
  #rows = 0

  constructor(total: number) {
    this.#total = total
  }

  /** To be called from the first statement on. */
  advance(rows: number): void {
    this.#begun ??= performance.now()
    this.#rows += rows
    if (this.#bar.isActive) this.#bar.update(this.#rows)
    else if (performance.now() - this.#begun > aMoment) this.#bar.start(this.#total, this.#rows)
  }

  stop(): void {
    this.#bar.stop()
  }
}

const aMoment = 250 // milliseconds
