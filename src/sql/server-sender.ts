import type { Sender } from './sender.js'
/** The sender of a server's connection, which takes one text after the other. `goesAlone`: the error says that a file cannot be in a transaction. */
export function serverSender(
  send: (text: string) => Promise<void>,
  close: () => Promise<void>,
  { prepare, goesAlone }: { prepare?: string; goesAlone?: (error: unknown, file: string) => boolean } = {},
): Sender {
  // Where the connection is lost, so is its transaction.
  const rollback = () => send('ROLLBACK').catch(() => {})
  return {
    async sendInTransaction(before, file, after, mayCommit) {
      try {
        if (prepare !== undefined) await send(prepare)
        await send('START TRANSACTION')
        await send(before)
        await send(file)
        mayCommit()
        await send(after)
        await send('COMMIT')
        return true
      } catch (error) {
        await rollback()
        if (goesAlone?.(error, file)) return false
        throw error
      }
    },
    send,
    rollback,
    close,
  }
}
