import { EventEmitter } from 'node:events'
import { MessageChannel, type Worker } from 'node:worker_threads'
import test from 'ava'
import { StartedWorker } from '../../src/bridge/start-worker.js'
import { newFlags } from '../../src/bridge/wire.js'

function started() {
  const { port1, port2: pen } = new MessageChannel()
  const supervisor = new EventEmitter()
  const { port1: port } = new MessageChannel()
  return { pen, supervisor, worker: new StartedWorker(supervisor as Worker, port, newFlags(), port1) }
}

test('the code that a supervisor wrote is used even if its exit event comes first', (t) => {
  const { pen, supervisor, worker } = started()
  const ends: string[] = []
  worker.onEnd((end) => ends.push(end))
  pen.postMessage({ code: 3 })
  supervisor.emit('exit', 0)
  t.deepEqual(ends, ['it exited with code 3'])
  t.is(worker.end, 'it exited with code 3')
})

test('a supervisor that failed without writing a code reports its error once', (t) => {
  const { supervisor, worker } = started()
  const ends: string[] = []
  worker.onEnd((end) => ends.push(end))
  supervisor.emit('error', new Error('no memory'))
  supervisor.emit('exit', 1)
  t.deepEqual(ends, ['it failed: no memory'])
})
