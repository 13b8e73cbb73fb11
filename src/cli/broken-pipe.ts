/**
 * Drops output after the reader has gone, as `head` does after its lines. The command goes on with its work: without a
 * listener, Node would end the process in the middle of a script.
 */
export function ignoreBrokenPipes(streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
