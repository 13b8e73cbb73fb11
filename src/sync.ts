import { connect } from './bridge/connect.js'
import { moduleUrl } from './bridge/module-url.js'
import { isOwnWorker } from './bridge/start-worker.js'
import { syncClient } from './driver/sync-client.js'
import { ArgumentError, BridgeError } from './errors.js'
import type { CreateSyncClient } from './types/index.js'

export type { CreateSyncClient, SyncClientOptions, SyncPrismaClient } from './types/index.js'

export const createSyncClient = ((module: unknown, options: unknown = {}) => {
  const url = moduleUrl(module, 'createSyncClient()')
  const checked = checkedOptions(options)
  if (isOwnWorker()) {
    throw new BridgeError(
      'createSyncClient() was called in a worker of a synchronous client or of runSync(): the module it loads must not make one itself; keep createSyncClient() in a file of its own',
    )
  }
  return syncClient({ connection: connect(url, checked), id: 0, isTransaction: false })
}) as unknown as CreateSyncClient

function checkedOptions(options: unknown) {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new ArgumentError('the options of createSyncClient() are an object: { export, callTimeout, startTimeout }')
  const { export: exportName = null, callTimeout, startTimeout = 30_000, ...rest } = options as Record<string, unknown>
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    throw new ArgumentError(`createSyncClient() has no option '${unknown}': use export, callTimeout, startTimeout`)
  if (exportName !== null && (typeof exportName !== 'string' || exportName === ''))
    throw new ArgumentError("option export is the name of the module's export")
  for (const [name, value] of Object.entries({ callTimeout, startTimeout })) {
    if (value !== undefined && !(typeof value === 'number' && value > 0))
      throw new ArgumentError(`option ${name} cannot be ${String(value)}: use milliseconds above 0`)
  }
  return {
    exportName: exportName as string | null,
    callTimeout: callTimeout as number | undefined,
    startTimeout: startTimeout as number,
  }
}
