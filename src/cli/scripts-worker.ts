import { existsSync, readdirSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { newWorker } from '../bridge/outside-bundle.js'
import { firstFile, isSource, ownModule } from '../bridge/own-files.js'
import { isTypeScript, tsxFor } from '../bridge/typescript.js'
import { textOf } from '../migrate/error-text.js'
import { Failure, placeOf } from '../migrate/failure.js'
import type { RunEvent } from '../migrate/run/events.js'
import type { RunJob } from '../migrate/run/job.js'
import type { ScriptsJob, ScriptsMessage } from '../migrate/run/serve.js'
import { type OutputListener, ScriptOutput } from './script-output.js'
/** The worker in which scripts run, as the main thread sees it. */
export class ScriptsWorker {
  /** Settles when it has done its job: with null, or with why it has not. */
  readonly ended: Promise<Failure | null>
  readonly #worker: Worker
  readonly #exited: Promise<unknown>
  readonly #input: NodeJS.ReadableStream
  #isReading = false

  constructor(job: ScriptsJob, input: NodeJS.ReadableStream, listener: ScriptsListener) {
    const first = firstFile('start-cli-worker', import.meta.url)
    const entry = ownModule('cli-worker', import.meta.url).href
    const workerData = { job, entry, tsx: needsTypeScript(job.run) ? tsxFor(job.run.client) : null }
    const worker = newWorker(first, { workerData, stdout: true, stderr: true, ...(isSource && { execArgv: [] }) })
    const output = new ScriptOutput([worker.stdout, worker.stderr], listener)
    this.#worker = worker
    this.#input = input
    this.#exited = new Promise((resolve) => worker.once('exit', resolve))
    this.ended = new Promise((resolve) => {
      worker.on('message', (message: Heard) => {
        if (message.kind === 'event') listener.hear(message.event)
        else if (message.kind === 'read') {
          output.showQuestions()
          this.#read()
        } else resolve(message.kind === 'done' ? null : received(message.failure))
      })
      worker.on('error', (cause) => resolve(crash(cause)))
      worker.on('exit', (code) =>
        resolve(new Failure('FAILED', `it has ended the process with process.exit(${code})\n${crashed}`)),
      )
    })
  }

  tell(message: ScriptsMessage): void {
    this.#worker.postMessage(message)
  }

  /** Reads once, when a script asks for it: who reads from a terminal in the background is stopped. */
  #read(): void {
    if (!this.#isReading) {
      this.#isReading = true
      const tell = (input: Uint8Array | null) => this.tell({ kind: 'input', input })
      const end = () => tell(null)
      const hear = (input: Uint8Array) => {
        this.#input.pause()
        tell(input)
      }
      this.#input.on('data', hear).once('end', end).once('error', end)
    }
    this.#input.resume()
  }

  /**
   * Its connections are closed with it, and what was open on them is rolled back. One that has done its job is left a
   * moment to end by itself: what it has printed comes with that.
   */
  async terminate({ patience = 0 } = {}): Promise<void> {
    const timer = new AbortController()
    const late = wait(patience, undefined, { signal: timer.signal }).catch(() => {})
    await Promise.race([this.#exited, late])
    timer.abort()
    if (this.#isReading) this.#input.pause()
    await this.#worker.terminate()
  }
}

/** Loading tsx takes its time: a deployment of compiled scripts does without. */
function needsTypeScript(run: RunJob): boolean {
  if (isTypeScript(run.client)) return true
  const isOne = (name: string) => /\.[cm]?tsx?$/.test(name)
  return run.kind === 'script' ? isOne(run.path) : existsSync(run.dir) && readdirSync(run.dir).some(isOne)
}

export interface ScriptsListener extends OutputListener {
  hear(event: RunEvent): void
}

type Heard =
  | { readonly kind: 'read' }
  | { readonly kind: 'event'; readonly event: RunEvent }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly failure: Pick<Failure, 'code' | 'message' | 'detail'> }

function received({ code, message, detail }: Pick<Failure, 'code' | 'message' | 'detail'>): Failure {
  return new Failure(code, message, { detail })
}

const crashed = 'What it had not committed is rolled back. Mend it'

function crash(cause: unknown): Failure {
  return new Failure('FAILED', `${textOf(cause)}\n${crashed}`, { cause, detail: placeOf(cause) })
}
