import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
  workerData,
} from 'node:worker_threads'
import { isTypeScript, tsxFor } from './typescript.js'
import { flag, type Job, newFlags, type WorkerData } from './wire.js'
/** Starts a worker under a supervisor. Nothing of it keeps the process alive. */
export function startWorker(job: Job, forModule: string | null): StartedWorker {
  const { port1: port, port2: theirs } = new MessageChannel()
  const { port1: obituary, port2: pen } = new MessageChannel()
  const flags = newFlags()
  const isSource = import.meta.url.endsWith('.ts')
  const first = new URL(isSource ? '../start-worker.mjs' : './start-worker.js', import.meta.url)
  const entry = new URL(isSource ? '../worker.ts' : './worker.js', import.meta.url).href
  const needsTsx = isSource || (forModule !== null && isTypeScript(forModule))
  const data: WorkerData = {
    role: 'supervisor',
    job,
    entry,
    tsx: needsTsx ? tsxFor(forModule) : null,
    execArgv: isSource ? [] : undefined, // the tests run under tsx, which the worker loads itself
    port: theirs,
    flags,
    obituary: pen,
  }
  const worker = new Worker(first, { workerData: data, transferList: [theirs, pen], execArgv: data.execArgv })
  worker.unref()
  worker.on('error', () => {}) // its own worker's end is told by the obituary
  return new StartedWorker(worker, port, flags, obituary)
}

/** True in a worker that this library has started. */
export function isOwnWorker(): boolean {
  return !isMainThread && typeof workerData === 'object' && workerData !== null && 'obituary' in workerData
}

export class StartedWorker {
  readonly port: MessagePort
  readonly flags: Int32Array
  readonly worker: Worker
  readonly #obituary: MessagePort
  #end: string | null = null

  constructor(worker: Worker, port: MessagePort, flags: Int32Array, obituary: MessagePort) {
    this.worker = worker
    this.port = port
    this.flags = flags
    this.#obituary = obituary
  }

  /** How it ended, in words; null as long as nobody has said so. */
  get end(): string | null {
    const received = receiveMessageOnPort(this.#obituary) as { message: Obituary } | undefined
    if (received) this.#end = inWords(received.message)
    return this.#end
  }

  /** Calls back when it has ended: for a thread whose event loop runs. */
  onEnd(listener: (end: string) => void): void {
    this.#obituary.once('message', (obituary: Obituary) => listener(inWords(obituary)))
    this.#obituary.unref()
  }

  /**
   * Ends it whatever it is doing; its connections are closed with it. Waits for that, at most `patience` milliseconds:
   * only what runs outside JavaScript, a query of SQLite's for example, goes on for longer.
   */
  terminate(patience = 0): void {
    if (patience > 0) {
      this.worker.postMessage('end') // to its supervisor, which says when it has ended
      Atomics.wait(this.flags, flag.ended, 0, patience)
    }
    this.port.close()
    this.#obituary.close()
    this.worker.terminate().catch(() => {})
  }
}

interface Obituary {
  readonly code: number
  readonly cause?: { readonly code?: unknown; readonly message?: unknown }
}

function inWords({ code, cause }: Obituary): string {
  if (cause?.code === 'ERR_WORKER_OUT_OF_MEMORY') return 'it ran out of memory'
  if (cause) return `it failed: ${String(cause.message ?? cause)}`
  return `it exited with code ${code}`
}
