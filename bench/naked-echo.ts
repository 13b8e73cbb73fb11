import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads'

/** The least that a blocking question can be: post, sleep until the flag changes, take the message. */
export class NakedEcho {
  readonly ready: Promise<unknown>
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #flag = new Int32Array(new SharedArrayBuffer(4))

  constructor(worker: Worker) {
    const { port1, port2 } = new MessageChannel()
    this.#worker = worker
    this.#port = port1
    this.ready = new Promise((resolve) => worker.once('message', resolve))
    worker.postMessage({ port: port2, flag: this.#flag }, [port2])
  }

  ask(message: unknown): unknown {
    const seen = Atomics.load(this.#flag, 0)
    this.#port.postMessage(message)
    for (;;) {
      const received = receiveMessageOnPort(this.#port)
      if (received) return received.message
      Atomics.wait(this.#flag, 0, seen, 1)
    }
  }

  close(): void {
    this.#port.close()
    this.#worker.terminate()
  }
}
