import type { MessagePort } from 'node:worker_threads'
import type { RunJob } from './job.js'
import { runScripts } from './run-scripts.js'
import { Stop } from './stop.js'
/** Runs scripts for the main thread: loads what it needs at once, and begins when it is told the lock's token. */
export async function serveScripts({ run, flags }: ScriptsJob, port: MessagePort): Promise<void> {
  const stop = new Stop(flags)
  const token = await new Promise<string>((resolve) => {
    port.on('message', (message: ScriptsMessage) => {
      if (message.kind === 'go') resolve(message.token)
      else stop.hear()
    })
  })
  await runScripts(run, token, stop, (event) => port.postMessage({ kind: 'event', event }))
}

export interface ScriptsJob {
  readonly kind: 'scripts'
  readonly run: RunJob
  readonly flags: Int32Array
}

export type ScriptsMessage = { readonly kind: 'go'; readonly token: string } | { readonly kind: 'stop' }
