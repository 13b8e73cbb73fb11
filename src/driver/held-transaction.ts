import { InvalidRequestError } from '../errors.js'
import type { BeginOptions } from './effects.js'
import { inSpan, noteSpan } from './tracing.js'
/** Prisma's callback transaction turned into one that is held open until `commit()` or `rollback()`. */
export class HeldTransaction {
  /** The transaction client. */
  readonly client: object
  readonly #body: Deferred
  readonly #done: Promise<unknown>

  private constructor(client: object, body: Deferred, done: Promise<unknown>) {
    this.client = client
    this.#body = body
    this.#done = done
  }

  static async open(client: object, options: BeginOptions): Promise<HeldTransaction> {
    const body = deferred()
    const opened = deferred<object>()
    let hasRun = false
    const begin = () => {
      const note = noteSpan(client)
      const run = async (tx: object) => {
        if (hasRun) throw runAgain()
        hasRun = true
        note(tx)
        opened.resolve(tx)
        return body.promise
      }
      // A fresh options object each time: Prisma before 7.10.1 writes into it.
      return (client as TransactionStarter).$transaction(run, { ...options })
    }
    const done = Promise.resolve(inSpan(client, begin))
    // It may fail before the callback runs, or be over by then.
    done.then(() => {
      body.resolve()
      opened.reject(endsEarly())
    }, opened.reject)
    return new HeldTransaction(await opened.promise, body, done)
  }

  async commit(): Promise<void> {
    this.#body.resolve()
    await this.#done
  }

  async rollback(): Promise<void> {
    this.#body.reject(rolledBack)
    await this.#done.catch((error) => {
      if (error !== rolledBack) throw error
    })
  }
}

/** An extension's own `$transaction` may try again what has failed: it would commit an empty transaction. */
function runAgain(): InvalidRequestError {
  return new InvalidRequestError(
    "the client's own $transaction ran a session's transaction again after it had failed, and what was done in it cannot be done again by itself: run the work again, by maker.begin(fn, { retry: 3 })",
  )
}

/** An extension's own `$transaction` may not call Prisma's, or not return its promise: its COMMIT could not be waited for. */
function endsEarly(): InvalidRequestError {
  return new InvalidRequestError(
    "the client's own $transaction ended before the transaction that it begins: let the extension return the promise of the $transaction that it calls",
  )
}

/** A client that begins transactions. */
export interface TransactionStarter {
  $transaction(body: (tx: object) => Promise<unknown>, options: BeginOptions): Promise<unknown>
}

/** Rejecting the callback is how Prisma is asked to roll back. */
const rolledBack = new Error('rolled back by the session')

interface Deferred<T = void> {
  promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

function deferred<T = void>(): Deferred<T> {
  let resolve!: Deferred<T>['resolve']
  let reject!: Deferred<T>['reject']
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
