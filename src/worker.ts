import type { MessagePort } from 'node:worker_threads'
import type { Job } from './bridge/wire.js'
import { ownClient } from './driver/owner.js'
import { runTasks } from './proxy/runner.js'
/** What start-worker.mjs starts in a worker. */
export async function start(job: Job, port: MessagePort, flags: Int32Array): Promise<void> {
  if (job.role === 'owner') await ownClient(job.module, job.exportName, port, flags)
  else runTasks(port, flags)
}
