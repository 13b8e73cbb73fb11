import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
/** Runs `prisma-session` from its source, in this terminal. Gives its exit code. */
export function prismaSession(file: string, ...words: string[]): Promise<number | null> {
  const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
  const places = ['--client', `${here}db.ts`, '--dir', `${here}migrations`]
  const child = spawn(process.execPath, ['--import=tsx/esm', cli, ...words, ...places], {
    stdio: 'inherit',
    env: { ...process.env, EXAMPLE_DATABASE: file },
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
}

const here = fileURLToPath(new URL('./', import.meta.url))
