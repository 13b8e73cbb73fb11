// @ts-check
/**
 * The first file of every worker. It is JavaScript because tsx cannot load a worker's first file, only what that
 * imports. A worker that does the work has a supervisor, its parent: when it runs out of memory or exits, its parent's
 * event loop is the only one that can tell, for the main thread may be blocked waiting for it.
 */
import { Buffer } from 'node:buffer'
import { writeSync } from 'node:fs'
import { createRequire as makeRequire } from 'node:module'
import { parentPort, Worker, workerData } from 'node:worker_threads'

const pause = new Int32Array(new SharedArrayBuffer(4))

const { role, job, entry, tsx, execArgv, port, flags, obituary } =
  /** @type {import('./bridge/wire.js').WorkerData} */ (workerData)

if (role === 'supervisor') supervise()
else await work()

function supervise() {
  try {
    const data = { ...workerData, role: job.role, obituary: null }
    const worker = new Worker(new URL(import.meta.url), { workerData: data, transferList: [port], execArgv })
    /** @type {unknown} */
    let cause
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', (code) => tellEnd(code, cause))
    parentPort?.once('message', () => worker.terminate()) // it has nothing else to say
    parentPort?.unref()
  } catch (error) {
    tellEnd(1, error)
  }
}

/**
 * @param {number} code
 * @param {any} cause
 */
function tellEnd(code, cause) {
  obituary.postMessage({ code, ...(cause && { cause: { code: cause.code, message: String(cause.message ?? cause) } }) })
  Atomics.store(flags, 2, 1) // bridge/wire.ts names these places
  Atomics.store(flags, 1, -2)
  Atomics.notify(flags, 1)
  Atomics.notify(flags, 2)
}

async function work() {
  writeAtOnce(process.stdout, 1)
  writeAtOnce(process.stderr, 2)
  if (tsx) {
    makeRequire(tsx)('tsx/cjs') // what is no ES module loads another way
    ;(await import(tsx)).register()
  }
  const { start } = await import(entry)
  await start(job, port, flags)
}

/**
 * What a worker writes is held until the main thread's event loop runs, which may be never: write past it.
 *
 * @param {NodeJS.WriteStream} stream
 * @param {number} descriptor
 */
function writeAtOnce(stream, descriptor) {
  const later = stream.write.bind(stream)
  stream.write = (/** @type {any} */ chunk, /** @type {any[]} */ ...rest) => {
    const [encoding] = rest
    let left = typeof chunk === 'string' ? Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8') : chunk
    const done = rest.at(-1)
    while (left.length > 0) {
      try {
        left = left.subarray(writeSync(descriptor, left))
      } catch (/** @type {any} */ error) {
        if (error.code !== 'EAGAIN') return later(left, typeof done === 'function' ? done : undefined)
        Atomics.wait(pause, 0, 0, 1) // a pipe that is full: whoever reads it makes room
      }
    }
    if (typeof done === 'function') process.nextTick(done)
    return true
  }
}
