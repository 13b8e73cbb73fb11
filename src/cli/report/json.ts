import type { Failure } from '../../migrate/failure.js'
import type { Ended, RunEvent } from '../../migrate/run/events.js'
import { Pace } from './pace.js'
import type { Reporter } from './reporter.js'

/** An object a line, for programs. The last line is the summary, the result or the failure. */
export class JsonReporter implements Reporter {
  readonly #out: NodeJS.WriteStream
  readonly #pace = new Pace()

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  event(event: RunEvent): void {
    const { kind, ...rest } = event
    if (event.kind === 'begun') this.#pace.begin(event.resumedAt ?? 0)
    const more = event.kind === 'progress' ? { eta: this.#pace.eta(event.processed, event.total) } : {}
    this.#print({ event: kind, ...rest, ...more })
  }

  question(script: string | null, text: string): void {
    this.#print({ event: 'question', script, text })
  }

  note(text: string): void {
    this.#print({ event: 'note', text })
  }

  summary(ended: readonly Ended[]): void {
    const scripts = ended.map(({ kind, statements, ...rest }) => rest)
    this.#print({ event: 'summary', scripts })
  }

  result(value: object): void {
    this.#print(value)
  }

  failure({ code, exitCode, message, detail }: Failure): void {
    this.#print({ event: 'failure', code, exitCode, message, detail })
  }

  #print(value: object): void {
    this.#out.write(`${JSON.stringify(value)}\n`)
  }
}
