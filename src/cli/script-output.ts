import type { Readable } from 'node:stream'

/** The lines that scripts print, and the questions without an end of line that they wait for an answer to. */
export class ScriptOutput {
  readonly #listener: OutputListener
  readonly #unfinished = new Map<Readable, string>()
  #isRead = false

  constructor(streams: readonly Readable[], listener: OutputListener) {
    this.#listener = listener
    for (const stream of streams) {
      stream.setEncoding('utf8').on('data', (text: string) => this.#hear(stream, text))
      stream.on('end', () => this.#finish(stream))
    }
  }

  /** A script reads its input: what has no end of line is a question from now on. */
  showQuestions(): void {
    this.#isRead = true
    for (const stream of this.#unfinished.keys()) this.#ask(stream)
  }

  #hear(stream: Readable, text: string): void {
    const lines = `${this.#unfinished.get(stream) ?? ''}${text}`.split(/\r?\n/)
    this.#unfinished.set(stream, lines.pop() ?? '')
    for (const line of lines) this.#listener.print(line)
    if (this.#isRead) this.#ask(stream)
  }

  #ask(stream: Readable): void {
    const text = this.#unfinished.get(stream)
    this.#unfinished.delete(stream)
    if (text) this.#listener.ask(text)
  }

  #finish(stream: Readable): void {
    const text = this.#unfinished.get(stream)
    if (text) this.#listener.print(text)
  }
}

export interface OutputListener {
  print(line: string): void
  ask(question: string): void
}
