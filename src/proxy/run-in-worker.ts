import { moduleUrl } from '../bridge/module-url.js'
import { runTask } from '../bridge/runners.js'
import { isTypeScript, tsxFor } from '../bridge/typescript.js'
import { pack, unpack } from '../bridge/values/codec.js'
import type { Packed, RunnerTask } from '../bridge/wire.js'
import type { Steps } from '../driver/effects.js'
import { DriverHost, describeClient } from '../driver/host.js'
import { ArgumentError } from '../errors.js'
import { matrix } from '../matrix/decide.js'
import type { SessionCore } from '../session/core.js'
import { readKey } from '../session/objects/keys.js'
import { packEntity, type TravellingEntity, unpackEntity } from '../session/objects/travel.js'
import { type RanElsewhere, runSync } from '../session/verbs/run-sync.js'
import { Block } from './block.js'
import type { CallQueue } from './call-queue.js'
import type { Unit } from './unit.js'
/** `runSync(fn, ...args)` of an asynchronous session: a worker runs `fn` in its transaction, asking back for all that touches it. */
export function* runSyncSteps(unit: Unit, fn: unknown, args: readonly unknown[]): Steps<unknown> {
  const { core } = unit
  const travelling = functionOf(fn)
  packArgs(core, args) // what cannot cross is refused before anything is sent
  return yield* runSync(core, (client) => runInWorker(unit, client, travelling, args))
}

async function runInWorker(
  unit: Unit,
  client: object,
  fn: RunnerTask['fn'],
  args: readonly unknown[],
): Promise<RanElsewhere> {
  const { core, driver } = unit
  const queue = Block.running as CallQueue
  const host = new DriverHost(client, () => queue.touch())
  const stopping = new AbortController()
  queue.onAbort = (error) => stopping.abort(error)
  const task = {
    description: describeClient(driver.client),
    options: optionsThere(unit),
    fn,
    args: packArgs(core, args),
  }
  try {
    const { ok, packed } = await unit.held.during(() => runTask(task, host, stopping.signal))
    if (!ok) throw unpack(packed, { entity: (content) => knownHere(core, content as TravellingEntity) })
    return ranElsewhere(core, packed, host.hasWritten)
  } finally {
    await host.rollback().catch(() => {}) // of a worker that ended in the middle
  }
}

function packArgs(core: SessionCore, args: readonly unknown[]): Packed {
  return pack([...args], (object) => packEntity(core, object))
}

/** An object that was thrown: what it did there is undone, so nothing is loaded for it. */
function knownHere(core: SessionCore, travelled: TravellingEntity): object {
  const { model, key, values } = travelled
  const wanted = key.length > 0 ? readKey(core.model(model), key.length === 1 ? key[0] : key) : undefined
  const known = wanted?.kind === 'identity' ? core.identityMap.find(wanted.identity) : undefined
  return known?.object ?? values
}

/** The value is put together when this session's objects are there. */
function ranElsewhere(core: SessionCore, packed: Packed, hasWritten: boolean): RanElsewhere {
  const entities: TravellingEntity[] = []
  const noted = (content: unknown) => entities.push(content as TravellingEntity)
  // Once to see which objects there are, on a copy: putting together changes what it is given.
  if (packed.holes) unpack(structuredClone(packed), { entity: noted })
  const own = entities.filter(({ state }) => state === 'persistent')
  return {
    hasWritten,
    entities: own.map(({ model, key }) => ({ model, key })),
    assemble: (objects) => {
      const found = [...objects]
      const entity = (content: unknown) => {
        const travelled = content as TravellingEntity
        return travelled.state === 'persistent' ? found.shift() : unpackEntity(core, travelled)
      }
      return unpack(packed, { entity })
    },
  }
}

/** The session there works by the same rules as this one. */
function optionsThere({ core, decisions, given }: Unit): object {
  const { expireOnCommit, versionFields, confirmDeletedRows } = core.options
  const refused = [...decisions].filter(([name, cell]) => cell === 'notImplemented' && matrix[name]?.async !== cell)
  return {
    autoflush: core.isAutoflushing,
    expireOnCommit,
    versionFields,
    confirmDeletedRows,
    matrix: Object.fromEntries(refused.map(([name]) => [name, 'notImplemented'])),
    ...(given.models !== undefined && { models: given.models }),
  }
}

function functionOf(fn: unknown): RunnerTask['fn'] {
  if (typeof fn === 'function') return { source: sourceOf(fn) }
  const { module, name, ...rest } = (typeof fn === 'object' && fn !== null ? fn : {}) as Record<string, unknown>
  if (typeof name !== 'string' || Object.keys(rest).length > 0 || module === undefined)
    throw new ArgumentError('runSync() takes a synchronous function, or { module, name } of an exported one')
  const url = moduleUrl(module, 'runSync()')
  return { module: url, name, tsx: isTypeScript(url) ? tsxFor(url) : null }
}

function sourceOf(fn: object): string {
  const source = Function.prototype.toString.call(fn)
  const kind = fn.constructor.name
  if (kind !== 'Function')
    throw new ArgumentError(
      `runSync() takes a synchronous function, not ${kind === 'AsyncFunction' ? 'an async one' : 'a generator'}: its session gives values, there is nothing to await`,
    )
  if (/^class\b/.test(source)) throw new ArgumentError('runSync() takes a function, not a class')
  if (/\{\s*\[native code\]\s*\}$/.test(source))
    throw new ArgumentError(
      'runSync() takes a function whose source can travel: neither a bound one nor one of the engine',
    )
  return source
}
