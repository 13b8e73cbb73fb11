import type { MessagePort } from 'node:worker_threads'
import { BlockingEnd } from '../bridge/blocking-end.js'
import type { Connection } from '../bridge/connection.js'
import { importModule } from '../bridge/outside-bundle.js'
import type { Ran } from '../bridge/runners.js'
import { useTsx } from '../bridge/typescript.js'
import { pack, packThrown, unpack } from '../bridge/values/codec.js'
import type { Description, Message, ModuleFunction, Request, RunnerMessage, RunnerTask } from '../bridge/wire.js'
import { syncClient } from '../driver/sync-client.js'
import { ArgumentError, BridgeError } from '../errors.js'
import { isThenable } from '../session/events.js'
import { packEntity, type TravellingEntity, unpackEntity } from '../session/objects/travel.js'
import { invalidate } from '../session/transaction/close.js'
import { commit } from '../session/transaction/transactions.js'
import { makeSession } from './create-session.js'
import { unitOf } from './reflection.js'
import type { Unit } from './unit.js'
/** What a worker of runSync does: one task after the other. */
export function runTasks(port: MessagePort, flags: Int32Array): void {
  const bridge = new BlockingEnd(port, flags)
  port.on('message', async ({ packed }: Message) => {
    const ran = await carryOut(unpack(packed) as RunnerTask, bridge)
    try {
      bridge.tell({ ran } satisfies RunnerMessage)
    } catch (error) {
      bridge.tell({ ran: { ok: false, packed: packThrown(error) } } satisfies RunnerMessage)
    }
  })
  // A promise that a function has left behind must not end the worker, which has other tasks to come.
  process.on('unhandledRejection', (reason) => {
    process.emitWarning(
      `a promise that a function given to runSync() left behind was rejected: ${String(reason)}`,
      'PrismaSessionWarning',
    )
  })
}

type Fn = (session: object, ...args: readonly unknown[]) => unknown

async function carryOut(task: RunnerTask, bridge: BlockingEnd): Promise<Ran> {
  try {
    return runFunction('source' in task.fn ? compiled(task.fn.source) : await imported(task.fn), task, bridge)
  } catch (error) {
    return { ok: false, packed: packThrown(error) }
  }
}

function runFunction(fn: Fn, { description, options, args, fn: given }: RunnerTask, bridge: BlockingEnd): Ran {
  const connection = new TaskConnection(description, bridge)
  const session = makeSession(syncClient({ connection, id: 0, isTransaction: true, isInPlaceOfClient: true }), options)
  const unit = unitOf(session) as Unit
  const { core } = unit
  const carried = (object: object) => packEntity(core, object)
  try {
    const entity = (content: unknown) => unpackEntity(core, content as TravellingEntity)
    const value = fn(session, ...(unpack(args, { entity }) as unknown[]))
    if (isThenable(value)) {
      value.then(undefined, () => {}) // nobody waits for it
      throw new ArgumentError(promised)
    }
    // Not by the session's own methods, which a policy may have taken away. It ends its savepoint, no transaction.
    unit.perform('commit', commit(core))
    return { ok: true, packed: pack(value, carried) }
  } catch (error) {
    const packed = packThrown('source' in given ? explained(error) : error, carried)
    // The session that called undoes it all: what matters is the function's own error.
    unit.perform('invalidate', invalidate(core))
    return { ok: false, packed }
  } finally {
    connection.end = 'the runSync() that it belonged to has ended'
  }
}

const promised = 'the function given to runSync() returned a promise: make it synchronous, its session gives values'

/** The way to the transaction of the session that runs the function, for as long as that runs. */
class TaskConnection implements Connection {
  readonly description: Description
  readonly #bridge: BlockingEnd
  end: string | null = null

  constructor(description: Description, bridge: BlockingEnd) {
    this.description = description
    this.#bridge = bridge
  }

  ask(question: Request): unknown {
    if (this.end !== null) throw new BridgeError(`this session cannot be used any more, ${this.end}`)
    return this.#bridge.ask({ question } satisfies RunnerMessage)
  }

  tell(question: Request): void {
    if (this.end === null) this.#bridge.tell({ question } satisfies RunnerMessage)
  }

  close(): void {}
}

function compiled(source: string): Fn {
  // A method's source is none of a function: it needs an object around it.
  for (const expression of [`(${source}\n)`, `Object.values({ ${source}\n })[0]`]) {
    try {
      // Names of our own are out of its sight. Tools that compile TypeScript put calls of __name into functions.
      return new Function('__name', `'use strict'; return ${expression}`)((fn: unknown) => fn) as Fn
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  throw new ArgumentError(
    'the source of the function given to runSync() cannot be compiled by itself: give it as { module, name }',
  )
}

async function imported({ module, name, tsx }: ModuleFunction): Promise<Fn> {
  if (tsx) await useTsx(tsx)
  const exports = await importModule(module)
  const fn = exports[name] ?? (exports.default as Record<string, unknown> | undefined)?.[name]
  if (typeof fn === 'function' && fn.constructor.name === 'AsyncFunction') throw new ArgumentError(promised)
  if (typeof fn === 'function') return fn as Fn
  throw new ArgumentError(
    `runSync(): ${module} exports no function '${name}': it exports ${Object.keys(exports).join(', ') || 'nothing'}`,
  )
}

/** A name that is not there is nearly always a variable that the function has closed over. */
function explained(error: unknown): unknown {
  const [, name] = (error instanceof ReferenceError && /^(\S+) is not defined$/.exec(error.message)) || []
  if (name === undefined) return error
  return new ArgumentError(
    `the function given to runSync() uses '${name}', which is outside of it and does not travel: pass it as an argument, or give the function as { module, name }`,
    { cause: error },
  )
}
