import type { MessagePort } from 'node:worker_threads'
import type { RunJob } from './job.js'
import { runScripts } from './run-scripts.js'
import { askForInput } from './script-input.js'
import { Shared } from './shared.js'
/** Runs scripts for the main thread: loads what it needs at once, and begins when it is told the lock's token. */
export async function serveScripts({ run, numbers }: ScriptsJob, port: MessagePort): Promise<void> {
  const shared = new Shared(numbers)
  const hearInput = askForInput(() => port.postMessage({ kind: 'read' }))
  const token = await new Promise<string>((resolve) => {
    port.on('message', (message: ScriptsMessage) => {
      if (message.kind === 'go') resolve(message.token)
      else if (message.kind === 'input') hearInput(message.input)
      else shared.hear()
    })
  })
  await runScripts(run, token, shared, (event) => port.postMessage({ kind: 'event', event }))
}

export interface ScriptsJob {
  readonly run: RunJob
  readonly numbers: Int32Array<SharedArrayBuffer>
}

export type ScriptsMessage =
  | { readonly kind: 'go'; readonly token: string }
  | { readonly kind: 'stop' }
  /** The answer to `read`; null at the end of the input. */
  | { readonly kind: 'input'; readonly input: Uint8Array | null }
