// @ts-check
/**
 * The first file of the command's workers. It is JavaScript because tsx cannot load a worker's first file, only what that
 * imports. What a worker prints goes by the main thread, which has the terminal.
 */
import { createRequire as makeRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'

const { tsx, entry, job } = workerData
if (tsx) {
  makeRequire(tsx)('tsx/cjs') // what is no ES module loads another way
  ;(await import(tsx)).register()
}
const { start } = await import(entry)
await start(job, parentPort)
