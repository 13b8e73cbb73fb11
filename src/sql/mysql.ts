import { Failure } from '../migrate/failure.js'
import { type Adapter, cannotSend, type Sender } from './sender.js'
import { serverSender } from './server-sender.js'
/** In a transaction as far as there is one: statements that change tables commit what stands before them. */
export async function openMysql(adapter: Adapter): Promise<Sender> {
  const pool = adapter.client as Pool | undefined
  if (typeof pool?.getConnection !== 'function') throw cannotSend(adapter, 'mariadb')
  const connection = await pool.getConnection()
  const close = async () => {
    connection.destroy()
    await adapter.dispose()
  }
  const send = async (text: string) => {
    await connection.query(text)
  }
  try {
    await send('SELECT 1; SELECT 1')
  } catch (cause) {
    connection.destroy()
    throw new Failure(
      'USAGE',
      'sql up sends each file whole, which this client does not allow: give its adapter multipleStatements: true',
      { cause },
    )
  }
  return serverSender(send, close)
}

interface Pool {
  getConnection(): Promise<{ query(text: string): Promise<unknown>; destroy(): void }>
}
