import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  type Worker,
  workerData,
} from 'node:worker_threads'
import { newWorker } from './outside-bundle.js'
import { isSource, ownFiles } from './own-files.js'
import { isTypeScript, tsxFor } from './typescript.js'
import { flag, type Job, newFlags, type WorkerData } from './wire.js'
/** Starts a worker under a supervisor. Nothing of it keeps the process alive. */
export function startWorker(job: Job, forModule: string | null): StartedWorker {
  const { port1: port, port2: theirs } = new MessageChannel()
  const { port1: obituary, port2: pen } = new MessageChannel()
  const flags = newFlags()
  const { first, entry } = ownFiles(forModule)
  const needsTsx = isSource || (forModule !== null && isTypeScript(forModule))
  const data: WorkerData = {
    role: 'supervisor',
    job,
    entry,
    tsx: needsTsx ? tsxFor(forModule) : null,
    // The tests run under tsx, which the worker loads itself; what `node -e` was given is not for a worker.
    execArgv:
      isSource || process.execArgv.some((arg) => /^(--input-type|--eval|--print|-p?e|-p)\b/.test(arg)) ? [] : undefined,
    port: theirs,
    flags,
    obituary: pen,
  }
  const worker = newWorker(first, { workerData: data, transferList: [theirs, pen], execArgv: data.execArgv })
  worker.unref()
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
    worker.on('error', () => {}) // what becomes of its own worker it says itself
  }

  /** How it ended, in words; null as long as nobody has said so. */
  get end(): string | null {
    const received = receiveMessageOnPort(this.#obituary) as { message: Obituary } | undefined
    if (received) this.#end = inWords(received.message)
    return this.#end
  }

  /** Calls back when it has ended: for a thread whose event loop runs. */
  onEnd(listener: (end: string) => void): void {
    let isTold = false
    const tell = (end: string) => {
      this.#end ??= end
      if (!isTold) listener(this.#end)
      isTold = true
    }
    this.#obituary.once('message', (obituary: Obituary) => tell(inWords(obituary)))
    this.#obituary.unref()
    // The supervisor itself may fail to start.
    this.worker.on('error', (cause: Error) => tell(inWords({ code: 1, cause })))
    // It ends when it has said how its worker did, and that it has ended may be heard first.
    this.worker.on('exit', (code) => tell(this.end ?? inWords({ code })))
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
