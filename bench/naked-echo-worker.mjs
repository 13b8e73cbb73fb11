import { parentPort } from 'node:worker_threads'

parentPort?.once('message', ({ port, flag }) => {
  port.on('message', (/** @type {unknown} */ message) => {
    port.postMessage(message)
    Atomics.add(flag, 0, 1)
    Atomics.notify(flag, 0)
  })
  parentPort?.postMessage('ready')
})
