import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between a client and a server, and loses what it is told to lose. */
export class TcpProxy {
  readonly #server: Server
  #planned: Planned | null = null
  #happened = 0
  /** Ends each connection that is silent. */
  readonly #silent = new Set<() => void>()

  private constructor(target: number) {
    this.#server = createServer((client) => this.#connect(client, target))
  }

  /** Listens, and passes everything on to `target`, a port of this machine. */
  static async before(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** How many faults have happened. */
  get happened(): number {
    return this.#happened
  }

  /** Once, when the client sends `text`: the connection is cut before it is passed on, or before the answer to it is. */
  cut(where: 'before' | 'after', text: string): Promise<void> {
    return this.#plan({ loss: where === 'before' ? 'the call' : 'the answer', isDue: (data) => data.includes(text) })
  }

  /** Once, when the client sends `text`: nothing passes on that connection any more, which stays open. */
  silence(where: 'before' | 'after', text: string): Promise<void> {
    return this.#plan({ loss: `silence ${where}`, isDue: (data) => data.includes(text) })
  }

  /**
   * Once, at the nth call from now, over all connections; 1 is the next. What opens a connection does not count: drivers
   * leave its failure to nobody.
   */
  lose(loss: Loss, nth: number): Promise<void> {
    let left = nth
    return this.#plan({ loss, isDue: (_, isOpen) => isOpen && --left === 0 })
  }

  /** Resolves when it has happened. */
  #plan(fault: Fault): Promise<void> {
    return new Promise((happens) => {
      this.#planned = { ...fault, happens }
    })
  }

  /** Loses nothing from now on, on connections that are not lost yet. */
  calm(): void {
    this.#planned = null
  }

  /** Cuts the connections that are silent. */
  cutSilent(): void {
    for (const end of this.#silent) end()
  }

  /** Once every client has gone: a pool may still be opening connections, and its driver tells nobody when that fails. */
  async close(): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }

  #connect(client: Socket, port: number): void {
    const server = connect(port, '127.0.0.1')
    /** What is to be lost of the call that has been sent last, or of its answer. */
    let due: Planned | null = null
    let isSilent = false
    /** A transaction has been begun on it. */
    let isOpen = false
    const end = () => {
      this.#silent.delete(end)
      client.destroy()
      server.destroy()
    }
    const lose = () => {
      this.#happened++
      this.#planned = null
      due?.happens()
      isSilent = due?.loss.startsWith('silence') ?? false
      if (isSilent) this.#silent.add(end)
      else end()
    }
    const loss = () => (due === this.#planned ? due?.loss : undefined)
    for (const socket of [client, server]) socket.on('error', end).on('close', end)
    client.on('data', (data) => {
      if (isSilent) return
      isOpen ||= data.includes('BEGIN')
      if (this.#planned?.isDue(data, isOpen)) due = this.#planned
      if (loss() === 'half the call') server.write(half(data), lose)
      else if (loss() === 'the call' || loss() === 'silence before') lose()
      else server.write(data)
    })
    // The server has carried out what it answers.
    server.on('data', (data) => {
      if (isSilent) return
      if (loss() === 'half the answer') client.write(half(data), lose)
      else if (loss() === 'the answer' || loss() === 'silence after') lose()
      else client.write(data)
    })
  }
}

function half(data: Buffer): Buffer {
  return data.subarray(0, data.length >> 1)
}

/** What is lost: the connection is cut at that place, or goes silent before or after the server has carried the call out. */
export type Loss = (typeof losses)[number]

export const losses = [
  'the call',
  'half the call',
  'the answer',
  'half the answer',
  'silence before',
  'silence after',
] as const

interface Fault {
  readonly loss: Loss
  isDue(data: Buffer, isOpen: boolean): boolean
}

interface Planned extends Fault {
  happens(): void
}
