import { Worker } from 'node:worker_threads'
import { tsxFor } from '../bridge/typescript.js'
import { Failure, textOf } from '../migrate/failure.js'
import type { KeeperJob } from '../migrate/lock/keeper.js'
import type { ScriptsJob } from '../migrate/run/serve.js'
/** A worker of the command's, and what it says. */
export class CommandWorker<Message extends { readonly kind: string }> {
  /** Settles when it has done its job: with a Failure, or null. */
  readonly ended: Promise<Failure | null>
  readonly #worker: Worker

  /** `print` is given what it writes, script and client and all. */
  constructor(job: KeeperJob | ScriptsJob, hear: (message: Message) => void, print: (text: string) => void) {
    const isSource = import.meta.url.endsWith('.ts')
    const first = new URL(isSource ? '../start-cli-worker.mjs' : './start-cli-worker.js', import.meta.url)
    const entry = new URL(isSource ? '../cli-worker.ts' : './cli-worker.js', import.meta.url).href
    // Scripts may be TypeScript where the client is not, so that tsx is used wherever it is.
    const workerData = { job, entry, tsx: tsxFor(job.kind === 'keeper' ? job.client : job.run.client) }
    const worker = new Worker(first, { workerData, stdout: true, stderr: true, ...(isSource && { execArgv: [] }) })
    worker.stdout.setEncoding('utf8').on('data', print)
    worker.stderr.setEncoding('utf8').on('data', print)
    this.#worker = worker
    this.ended = new Promise((resolve) => {
      worker.on('message', (message: Message | End) => {
        if (message.kind === 'done') resolve(null)
        else if (message.kind === 'failed') {
          const { code, message: text, detail } = (message as Failed).failure
          resolve(new Failure(code, text, { detail }))
        } else hear(message as Message)
      })
      worker.on('error', (cause) => resolve(new Failure('FAILED', textOf(cause), { cause, detail: stackOf(cause) })))
      worker.on('exit', (code) => resolve(new Failure('FAILED', `it ended itself with process.exit(${code})`)))
    })
  }

  tell(message: object): void {
    this.#worker.postMessage(message)
  }

  /** Its connections are closed with it, and what was open on them is rolled back. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }
}

type End = { readonly kind: 'done' } | Failed

interface Failed {
  readonly kind: 'failed'
  readonly failure: Pick<Failure, 'code' | 'message' | 'detail'>
}

function stackOf(error: unknown): string | null {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : []
  return (
    lines
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 5)
      .join('\n') || null
  )
}
