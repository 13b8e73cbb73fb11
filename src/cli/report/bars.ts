import { MultiBar, type SingleBar } from 'cli-progress'
import type { Ended } from '../../migrate/run/events.js'
import { PlainReporter } from './plain.js'
/** The same with a bar for the script at work, under the lines. */
export class BarReporter extends PlainReporter {
  #bars: MultiBar | null = null
  #bar: SingleBar | null = null
  #begun = { time: 0, processed: 0 }

  protected override progress(script: string, processed: number, total: number | null): void {
    if (total === null) {
      super.progress(script, processed, total)
      return
    }
    this.#bars ??= new MultiBar({
      stream: this.out,
      format: '  {script} {bar} {percentage} %  {value} of {total} rows  {speed} ',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 30,
      hideCursor: true,
      clearOnComplete: false,
      stopOnComplete: false,
      gracefulExit: false, // Ctrl-C is ours
      emptyOnZero: true,
    })
    if (!this.#bar) {
      this.#bar = this.#bars.create(total, processed, { script, speed: '' })
      this.#begun = { time: Date.now(), processed }
      return
    }
    this.#bar.setTotal(total)
    this.#bar.update(processed, { script, speed: this.#speed(processed) })
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

  #speed(processed: number): string {
    const seconds = (Date.now() - this.#begun.time) / 1000
    return seconds < 0.5 ? '' : `${Math.round((processed - this.#begun.processed) / seconds)} rows/s`
  }

  /** What it shows last stays. */
  #stop(): void {
    this.#bars?.update()
    this.#bars?.stop()
    this.#bars = null
    this.#bar = null
  }
}
