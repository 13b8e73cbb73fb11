import { printRun, printTitle, printValue } from './print.ts'
import { type Statement, summarize } from './statements.ts'

/** Runs the lines of the tour and shows each: the code, its time, what it sent. */
export class Stage {
  readonly #log: { take(): Statement[] }
  #since = performance.now()
  #steps: number

  /** `log` gives the statements since it was last asked; `steps`: how many there have been before. */
  constructor(log: { take(): Statement[] }, steps = 0) {
    this.#log = log
    this.#steps = steps
  }

  get steps(): number {
    return this.#steps
  }

  step(title: string, after = this.#steps): void {
    this.#steps = after + 1
    printTitle(`${this.#steps}. ${title}`)
    this.#reset()
  }

  /** Runs `work` and shows it as `code`. What it throws is shown too, and thrown. */
  async run<T>(code: string, work: () => T): Promise<Awaited<T>> {
    this.#reset()
    try {
      return await work()
    } finally {
      this.ran(code)
    }
  }

  /** The same for `work` that is refused; the error is what it gives. */
  async refused(code: string, work: () => unknown): Promise<Error & { readonly code?: string }> {
    try {
      await this.run(code, work)
    } catch (error) {
      if (error instanceof Error) return error
    }
    throw new Error(`this should have been refused: ${code}`)
  }

  /** Shows `code` as what has run since the last line shown. */
  ran(code: string, details?: readonly string[]): void {
    const milliseconds = performance.now() - this.#since
    printRun(code, milliseconds, details ?? summarize(this.#log.take()))
    this.#reset()
  }

  value(label: string, value: unknown): void {
    printValue(label, value)
  }

  #reset(): void {
    this.#log.take()
    this.#since = performance.now()
  }
}
