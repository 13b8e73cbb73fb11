import type { MessagePort } from 'node:worker_threads'
import * as index from './index.js'
import { asFailure } from './migrate/failure.js'
import { shareWithRequire } from './migrate/run/one-copy.js'
import { type ScriptsJob, serveScripts } from './migrate/run/serve.js'
import * as sync from './sync.js'
/** What start-cli-worker.mjs starts in a worker. */
export async function start(job: ScriptsJob, port: MessagePort): Promise<void> {
  shareWithRequire({ index, sync })
  try {
    await serveScripts(job, port)
    port.postMessage({ kind: 'done' })
  } catch (error) {
    const { code, message, detail } = asFailure(error)
    port.postMessage({ kind: 'failed', failure: { code, message, detail } })
  }
  port.close()
}
