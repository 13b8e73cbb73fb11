import type { MessagePort } from 'node:worker_threads'
import { ServingEnd } from '../bridge/serving-end.js'
import type { Request } from '../bridge/wire.js'
import { DriverHost, describeClient } from './host.js'
import { loadClient } from './load-client.js'
/** What a worker does that owns a client: loads its module, and answers. */
export async function ownClient(
  module: string,
  exportName: string | null,
  port: MessagePort,
  flags: Int32Array,
): Promise<void> {
  let host: DriverHost | undefined
  const serving = new ServingEnd(port, flags, (question) => (host as DriverHost).handle(question as Request), {
    isPatient: true,
    revive: { field: (reference) => host?.fieldOf(reference) },
  })
  try {
    const client = await loadClient(module, exportName)
    host = new DriverHost(client)
    serving.greet({ ok: true, value: describeClient(client) })
  } catch (error) {
    serving.greet({ ok: false, value: error })
  }
}
