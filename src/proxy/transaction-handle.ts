import type { TransactionState } from '../session/transaction/transaction-state.js'
import { commitUpTo, rollbackUpTo } from '../session/transaction/transactions.js'
import type { Unit } from './unit.js'
/** A transaction or savepoint as users hold it. Mirrors SQLAlchemy's SessionTransaction. */
export class SessionTransaction {
  readonly #unit: Unit
  readonly #transaction: TransactionState

  constructor(unit: Unit, transaction: TransactionState) {
    this.#unit = unit
    this.#transaction = transaction
  }

  get isActive(): boolean {
    return this.#transaction.status === 'active'
  }

  get nested(): boolean {
    return this.#transaction.isNested
  }

  get parent(): SessionTransaction | null {
    return transactionHandle(this.#unit, this.#transaction.parent)
  }

  /** A promise on an asynchronous session. */
  commit(): unknown {
    return this.#unit.perform('commit', commitUpTo(this.#unit.core, this.#transaction))
  }

  rollback(): unknown {
    return this.#unit.perform('rollback', rollbackUpTo(this.#unit.core, this.#transaction))
  }

  protected rollbackUnlessEnded(): unknown {
    return this.#transaction.hasEnded ? undefined : this.rollback()
  }
}

class AsyncSessionTransaction extends SessionTransaction {
  async [Symbol.asyncDispose](): Promise<void> {
    await this.rollbackUnlessEnded()
  }
}

class SyncSessionTransaction extends SessionTransaction {
  [Symbol.dispose](): void {
    this.rollbackUnlessEnded()
  }
}

/** The one handle of a transaction. */
export function transactionHandle(unit: Unit, transaction: TransactionState): SessionTransaction
export function transactionHandle(unit: Unit, transaction: TransactionState | null): SessionTransaction | null
export function transactionHandle(unit: Unit, transaction: TransactionState | null): SessionTransaction | null {
  if (!transaction) return null
  let handle = handles.get(transaction)
  if (!handle) {
    const Handle = unit.mode === 'async' ? AsyncSessionTransaction : SyncSessionTransaction
    handle = new Handle(unit.own, transaction)
    handles.set(transaction, handle)
  }
  return handle
}

const handles = new WeakMap<TransactionState, SessionTransaction>()
