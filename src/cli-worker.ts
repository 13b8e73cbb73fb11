import type { MessagePort } from 'node:worker_threads'
import { Failure } from './migrate/failure.js'
import { type KeeperJob, keepLock } from './migrate/lock/keeper.js'
import { type ScriptsJob, serveScripts } from './migrate/run/serve.js'
/** What start-cli-worker.mjs starts in a worker. */
export async function start(job: KeeperJob | ScriptsJob, port: MessagePort): Promise<void> {
  try {
    await (job.kind === 'keeper' ? keepLock(job, port) : serveScripts(job, port))
    port.postMessage({ kind: 'done' })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { code, message, detail } = error
    port.postMessage({ kind: 'failed', failure: { code, message, detail } })
  }
  port.close()
}
