import { createInterface } from 'node:readline/promises'
import { Failure } from '../migrate/failure.js'
import type { Host } from './settings.js'
/** Asks before something that cannot be taken back. Where nobody can be asked, `--yes` has to say it. */
export async function confirm(
  question: string,
  { yes, json }: { yes?: boolean; json?: boolean },
  { stdin, stdout }: Host,
): Promise<void> {
  if (yes) return
  if (json || !stdin.isTTY || !stdout.isTTY)
    throw new Failure('USAGE', `${question} Nobody can be asked here: say it with --yes`)
  const terminal = createInterface({ input: stdin, output: stdout })
  try {
    // Ctrl-C and Ctrl-D close it; not every Node settles the question then.
    const answer = await new Promise<string>((resolve, reject) => {
      terminal.once('close', () => reject(new Failure('INTERRUPTED', 'interrupted: nothing was changed')))
      terminal.question(`${question} (y/N) `).then(resolve, () => {})
    })
    if (!/^y(es)?$/i.test(answer.trim())) throw new Failure('USAGE', 'left as it was')
  } finally {
    terminal.close()
  }
}
