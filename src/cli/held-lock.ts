import { Failure } from '../migrate/failure.js'
import type { KeeperJob, KeeperMessage } from '../migrate/lock/keeper.js'
import type { Reporter } from './report/reporter.js'
import { CommandWorker } from './worker.js'
/** The lock as this thread sees it. */
export class HeldLock {
  /** The token of the lock, or why it cannot be had. */
  readonly held: Promise<string | Failure>
  readonly #worker: CommandWorker<KeeperMessage>

  constructor(job: KeeperJob, reporter: Reporter, print: (text: string) => void, onLost: () => void) {
    let tellHeld: (token: string) => void = () => {}
    const token = new Promise<string>((resolve) => {
      tellHeld = resolve
    })
    this.#worker = new CommandWorker<KeeperMessage>(
      job,
      (message) => {
        if (message.kind === 'held') tellHeld(message.token)
        else if (message.kind === 'waiting') reporter.note(`waiting for ${message.holder}`)
        else {
          reporter.note(`the lock is lost: ${message.why}`)
          onLost()
        }
      },
      print,
    )
    const unheld = new Failure('FAILED', 'the lock was let go of before it was taken')
    this.held = Promise.race([token, this.#worker.ended.then((failure) => failure ?? unheld)])
  }

  /** One that cannot be let go of in time is lost with its connection, or by its silence. */
  async release(): Promise<void> {
    this.#worker.tell({ kind: 'release' })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, 5000)
    })
    await Promise.race([this.#worker.ended, late])
    clearTimeout(timer)
    await this.#worker.terminate()
  }
}
