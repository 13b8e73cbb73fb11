import { AsyncResource } from 'node:async_hooks'
import { availableParallelism } from 'node:os'
import { BridgeError } from '../errors.js'
import { ServingEnd } from './serving-end.js'
import { type StartedWorker, startWorker } from './start-worker.js'
import type { FieldReference } from './values/field-reference.js'
import type { Packed, Request, RunnerMessage, RunnerTask } from './wire.js'
/**
 * Has a worker carry out a task, which asks questions back on its way. Workers are kept for the next task: starting one
 * takes longer than most tasks do. There are only so many: further tasks wait until one is free.
 *
 * @throws BridgeError when the worker ends in the middle of it; the signal's reason when that ends the worker.
 */
export async function runTask(task: RunnerTask, host: Host, signal: AbortSignal): Promise<Ran> {
  if (busy < mostRunners) busy++
  else await turn(signal)
  try {
    const runner = idle.pop() ?? new Runner()
    const ran = await runner.run(task, host, signal)
    if (!runner.hasEnded) idle.push(runner)
    return ran
  } finally {
    const next = waiting.shift()
    if (next) next()
    else busy--
  }
}

/** Waits until a worker is free. */
function turn(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      waiting.splice(waiting.indexOf(begin), 1)
      reject(signal.reason)
    }
    const begin = () => {
      signal.removeEventListener('abort', leave)
      resolve()
    }
    waiting.push(begin)
    signal.addEventListener('abort', leave, { once: true })
  })
}

/** What answers a task's questions. */
export interface Host {
  handle(request: Request): Promise<unknown>
  fieldOf(reference: FieldReference): unknown
}

/** What came of a task: what its function returned, or threw. */
export interface Ran {
  readonly ok: boolean
  readonly packed: Packed
}

const idle: Runner[] = []
/** In the order in which they came. */
const waiting: (() => void)[] = []
let busy = 0
const mostRunners = Math.max(4, availableParallelism())

class Runner {
  readonly #worker: StartedWorker
  #task: Running | null = null
  hasEnded = false

  constructor() {
    const worker = startWorker({ role: 'runner' }, null)
    this.#worker = worker
    new ServingEnd(worker.port, worker.flags, (message) => this.#hear(message as RunnerMessage), {
      revive: { field: (reference) => this.#task?.host.fieldOf(reference) },
    })
    worker.onEnd((end) => this.#fail(end))
    this.#holdProcess(false)
  }

  run(task: RunnerTask, host: Host, signal: AbortSignal): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const stop = () => this.#end(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      this.#worker.port.postMessage({ id: 0, packed: { value: task } }) // its arguments are packed, the rest is plain
      const forget = () => signal.removeEventListener('abort', stop)
      this.#task = { host, context: new AsyncResource('runSync'), resolve, reject, forget }
      this.#holdProcess(true)
    })
  }

  async #hear({ ran, question }: RunnerMessage): Promise<unknown> {
    const task = this.#task
    // The worker was started by somebody else's call, and its messages come in that call's context.
    if (question) return task?.context.runInAsyncScope(() => task.host.handle(question))
    if (ran) this.#settle()?.resolve(ran)
    return undefined
  }

  #fail(end: string): void {
    this.#end(
      new BridgeError(`the worker of runSync() has ended in the middle of the function, ${end}: what it did is undone`),
    )
  }

  #end(error: unknown): void {
    this.hasEnded = true
    this.#worker.terminate()
    const place = idle.indexOf(this)
    if (place >= 0) idle.splice(place, 1)
    this.#settle()?.reject(error)
  }

  #settle(): Running | null {
    const task = this.#task
    this.#task = null
    task?.forget()
    this.#holdProcess(false)
    return task
  }

  /** A process does not end while a function is running, and is not kept from ending by one that has run. */
  #holdProcess(isHeld: boolean): void {
    const how = isHeld ? 'ref' : 'unref'
    this.#worker.port[how]()
    this.#worker.worker[how]()
  }
}

interface Running {
  readonly host: Host
  /** That of the call whose task it is. */
  readonly context: AsyncResource
  resolve(ran: Ran): void
  reject(error: unknown): void
  /** It can be stopped no more. */
  forget(): void
}
