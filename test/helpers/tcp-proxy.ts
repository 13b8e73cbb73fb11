import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between a client and a server, and loses what it is told to. */
export class TcpProxy {
  readonly #server: Server
  #fault: Fault | null = null

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

  /** Once, when the client sends `text`: the connection is cut before it is passed on, or before the answer to it is. */
  cut(where: 'before' | 'after', text: string): void {
    this.#fault = { where, text }
  }

  /** Once every client has gone: a pool may still be opening connections, and its driver tells nobody when that fails. */
  async close(): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }

  #connect(client: Socket, port: number): void {
    const server = connect(port, '127.0.0.1')
    let isLosing = false
    const end = () => {
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) socket.on('error', end).on('close', end)
    client.on('data', (data) => {
      const fault = this.#fault && data.includes(this.#fault.text) ? this.#fault : null
      if (fault) this.#fault = null
      if (fault?.where === 'before') return end()
      isLosing ||= fault !== null
      server.write(data)
    })
    // The server has carried out what it answers.
    server.on('data', (data) => (isLosing ? end() : client.write(data)))
  }
}

interface Fault {
  readonly where: 'before' | 'after'
  readonly text: string
}
