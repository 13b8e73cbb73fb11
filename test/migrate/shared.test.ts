// Numbers that the thread of the scripts and the main thread share.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import test from 'ava'
import { Shared } from '../../src/migrate/run/shared.js'
import { gate } from '../helpers/observe.js'

test.serial('a transaction waits for a heartbeat under way, and keeps the next one from writing', async (t) => {
  const shared = new Shared()
  const sent: boolean[] = []
  const { opened, open } = gate()
  const isOver = new Int32Array(new SharedArrayBuffer(4))
  const heartbeat = shared.heartbeat((isAtWork) => {
    sent.push(isAtWork)
    return opened
  })
  const module = JSON.stringify(new URL('../../src/migrate/run/shared.js', import.meta.url).href)
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
    import(${module}).then(({ Shared }) => {
      const shared = new Shared(workerData.numbers)
      parentPort.postMessage('begins')
      shared.beginWork(60_000)
      parentPort.postMessage(Atomics.load(workerData.isOver, 0))
      parentPort.once('message', () => shared.endWork())
    })`,
    { eval: true, workerData: { numbers: shared.numbers, isOver } },
  )
  t.teardown(() => void worker.terminate())
  t.deepEqual(await once(worker, 'message'), ['begins'])
  const begun = once(worker, 'message')
  Atomics.store(isOver, 0, 1)
  open()
  await heartbeat
  t.deepEqual(await begun, [1], 'it begins when the heartbeat is over')
  await shared.heartbeat(async (isAtWork) => void sent.push(isAtWork))
  worker.postMessage('end')
  await once(worker, 'exit')
  await shared.heartbeat(async (isAtWork) => void sent.push(isAtWork))
  t.deepEqual(sent, [false, true, false])
})

test('a transaction begins without a heartbeat that does not end', (t) => {
  const shared = new Shared()
  void shared.heartbeat(() => new Promise(() => {}))
  t.notThrows(() => shared.beginWork(10))
})

test('a heartbeat that fails lets the transaction begin', async (t) => {
  const shared = new Shared()
  await t.throwsAsync(() => shared.heartbeat(() => Promise.reject(new Error('lost'))), { message: 'lost' })
  t.notThrows(() => shared.beginWork())
})

test('the signal of a stopped run is aborted at once, with the first reason', (t) => {
  const shared = new Shared()
  t.false(shared.signal.aborted)
  const mainThread = new Shared(shared.numbers)
  mainThread.stop('lockLost')
  mainThread.stop('interrupted')
  t.true(shared.signal.aborted)
  t.is(shared.signal.reason.message, 'the lock was lost')
})
