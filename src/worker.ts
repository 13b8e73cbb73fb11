import type { MessagePort } from 'node:worker_threads'
import type { Job } from './bridge/wire.js'
/** What start-worker.mjs starts in a worker. It loads what its part takes: who owns a client has no need of sessions. */
export async function start(job: Job, port: MessagePort, flags: Int32Array): Promise<void> {
  if (job.role === 'owner') {
    const { ownClient } = await import('./driver/owner.js')
    await ownClient(job.module, job.exportName, port, flags)
  } else {
    const { runTasks } = await import('./proxy/runner.js')
    runTasks(port, flags)
  }
}
