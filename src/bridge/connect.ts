import { BridgeError } from '../errors.js'
import { BlockingEnd, Silence } from './blocking-end.js'
import { WorkerConnection } from './connection.js'
import { startWorker } from './start-worker.js'
import type { Description } from './wire.js'
/** Starts a worker that owns the client of a module, and waits until it is ready. */
export function connect(module: string, options: ConnectOptions): WorkerConnection {
  const { exportName, callTimeout, startTimeout } = options
  const worker = startWorker({ role: 'owner', module, exportName }, module)
  const bridge = new BlockingEnd(worker.port, worker.flags)
  try {
    const description = bridge.hear(0, startTimeout) as Description
    return new WorkerConnection(worker, bridge, description, callTimeout)
  } catch (error) {
    const { end } = worker
    worker.terminate()
    if (!(error instanceof Silence)) throw error
    const why =
      error.why === 'timeout' ? `it was not ready after startTimeout, ${startTimeout} ms` : (end ?? 'it has ended')
    throw new BridgeError(`the worker for ${module} did not start, ${why}: does the module load by itself?`)
  }
}

export interface ConnectOptions {
  readonly exportName: string | null
  readonly callTimeout: number | undefined
  readonly startTimeout: number
}
