import { MultiBar, type SingleBar } from 'cli-progress'
import type { Ended } from '../../migrate/run/events.js'
import { PlainReporter } from './plain.js'
import { timeLeft } from './text.js'

/** The same with a bar for the script at work, under the lines. */
export class BarReporter extends PlainReporter {
  #bars: MultiBar | null = null
  #bar: SingleBar | null = null

  /** A bar would be drawn over it, and over the answer. */
  override question(script: string | null, text: string): void {
    this.#stop()
    super.question(script, text)
  }

  protected override progress(script: string, processed: number, total: number | null): void {
    if (total === null) {
      super.progress(script, processed, total)
      return
    }
    this.#bars ??= new MultiBar({
      stream: this.out,
      format: '  {script} {bar} {percentage} %  {value} of {total} rows  {pace} ',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 30,
      hideCursor: true,
      clearOnComplete: false,
      stopOnComplete: false,
      gracefulExit: false, // Ctrl-C is ours
      emptyOnZero: true,
    })
    const payload = { script, pace: this.#paceOf(processed, total) }
    this.#bar ??= this.#bars.create(total, processed, payload)
    this.#bar.setTotal(total)
    this.#bar.update(processed, payload)
  }

  protected override ended(event: Ended): void {
    this.#stop()
    super.ended(event)
  }

  protected override line(text: string): void {
    if (!this.#bars) {
      super.line(text)
      return
    }
    this.#bars.log(`${text}\n`)
    this.#bars.update()
  }

  #paceOf(processed: number, total: number): string {
    const speed = this.pace.speed(processed)
    const eta = this.pace.eta(processed, total)
    const parts = [speed && `${Math.round(speed)} rows/s`, eta && timeLeft(eta)]
    return parts.filter(Boolean).join('  ')
  }

  /** What it shows last stays. */
  #stop(): void {
    this.#bars?.update()
    this.#bars?.stop()
    this.#bars = null
    this.#bar = null
  }
}
