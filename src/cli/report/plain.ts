import type { Failure } from '../../migrate/failure.js'
import type { Ended, Planned, RunEvent } from '../../migrate/run/events.js'
import { Pace } from './pace.js'
import type { Reporter } from './reporter.js'
import { duration, noScripts, rows, statementLines, summaryTable, timeLeft } from './text.js'

/** A line for everything, each to be read by itself: for logs. */
export class PlainReporter implements Reporter {
  protected readonly out: NodeJS.WriteStream
  protected readonly pace = new Pace()
  readonly #err: NodeJS.WriteStream
  readonly #shown = new Map<string, { share: number; time: number }>()

  constructor(out: NodeJS.WriteStream, err: NodeJS.WriteStream) {
    this.out = out
    this.#err = err
  }

  event(event: RunEvent): void {
    switch (event.kind) {
      case 'planned':
        if (event.scripts.length === 0) this.line(nothingToDo(event))
        break
      case 'begun': {
        this.pace.begin(event.resumedAt ?? 0)
        const what = event.direction === 'up' ? 'runs' : 'is undone'
        const from = event.resumedAt === null ? '' : `, from row ${event.resumedAt} on`
        this.line(`${event.script} ${what}${from}`)
        break
      }
      case 'progress':
        this.progress(event.script, event.processed, event.total)
        break
      case 'log':
        for (const line of event.text.trimEnd().split('\n')) this.line(`  ${line}`)
        break
      case 'warning':
        this.line(`warning: ${event.text}`)
        break
      case 'ended':
        this.ended(event)
    }
  }

  question(_script: string | null, text: string): void {
    this.out.write(`  ${text}`)
  }

  note(text: string): void {
    this.line(text)
  }

  summary(ended: readonly Ended[]): void {
    if (ended.length > 0) this.line(`\n${summaryTable(ended)}`)
  }

  result(_value: object, table: () => string): void {
    this.line(table())
  }

  failure({ code, message, detail }: Failure): void {
    if (code === 'PENDING') {
      this.line(message) // a state, and no fault
      return
    }
    this.#err.write(`${[`error: ${message}`, detail].filter(Boolean).join('\n')}\n`)
  }

  protected ended(event: Ended): void {
    const { script, outcome, processed, statements } = event
    if (outcome === 'skipped') return
    const parts = [outcome, processed === null ? null : rows(processed), duration(event.duration)]
    this.line(`${script} ${parts.filter((part) => part !== null).join(', ')}`)
    if (statements) for (const line of statementLines(statements)) this.line(`  ${line}`)
  }

  /** A line for each tenth, and for every five seconds. */
  protected progress(script: string, processed: number, total: number | null): void {
    const share = total ? Math.floor((processed / total) * 10) : 0
    const last = this.#shown.get(script) ?? { share: 0, time: Date.now() }
    this.#shown.set(script, last)
    if (share === last.share && Date.now() - last.time < 5000) return
    this.#shown.set(script, { share, time: Date.now() })
    const of = total === null ? rows(processed) : `${processed} of ${rows(total)} (${percent(processed, total)} %)`
    const eta = this.pace.eta(processed, total)
    this.line(`  ${script} ${of}${eta ? `, ${timeLeft(eta)}` : ''}`)
  }

  protected line(text: string): void {
    this.out.write(`${text}\n`)
  }
}

function nothingToDo({ direction, to, dir, found }: Planned): string {
  if (found === 0) return noScripts(dir)
  return direction === 'up' ? `Nothing to run: ${to ?? 'every script'} is done.` : 'Nothing to undo.'
}

function percent(processed: number, total: number): number {
  return total === 0 ? 100 : Math.floor((processed / total) * 100)
}
