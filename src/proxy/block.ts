import { AsyncLocalStorage } from 'node:async_hooks'
import { ResourceClosedError } from '../errors.js'

/**
 * The user's code while a session runs it: the function of a callback form, or a hook. AsyncLocalStorage tells the calls
 * made inside from those made elsewhere. A session has one of kind 'session' around everything.
 */
export class Block {
  readonly kind: 'session' | 'callback' | 'hook'
  /** The verb that runs it. */
  readonly verb: string
  readonly parent: Block | null
  /** The session's own. */
  readonly root: Block
  /** The block that was current where this one was opened; of another session, perhaps. */
  readonly #around: Block | undefined
  /** Callbacks that had ended by then. */
  readonly #endedAround: readonly Ended[]
  #isOpen = true

  constructor(kind: Block['kind'], parent: Block | null = null, verb = kind as string) {
    this.kind = kind
    this.parent = parent
    this.root = parent?.root ?? this
    this.verb = verb
    const here = parent ? storage.getStore() : undefined // no code runs in a session's own
    const ended: Ended[] = []
    let around = here
    for (; around && !around.#isOpen; around = around.#around)
      if (around.kind === 'callback') ended.push({ session: around.root, verb: around.verb })
    this.#around = around
    this.#endedAround = here ? [...ended, ...here.#endedAround].slice(0, mostRemembered) : none
  }

  /** The innermost one that this runs in. */
  static get running(): Block | undefined {
    return storage.getStore()
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Runs `fn` as the code of this block. */
  enter<T>(fn: () => T): T {
    return storage.run(this, fn)
  }

  /** True where a hook runs around its calls. */
  get isInHook(): boolean {
    return this.kind === 'hook' || (this.parent?.isInHook ?? false)
  }

  get label(): string {
    return this.kind === 'hook' ? `a listener called by ${this.verb}()` : `the function given to ${this.verb}()`
  }

  end(): void {
    this.#isOpen = false
  }

  /**
   * The innermost block of this one that a call made here and now is in; this one where the call comes from elsewhere.
   * An error for code that a callback of the session has left running: what it does would be in no transaction, or in another.
   */
  innermost(): Block | ResourceClosedError {
    const here = this.root.#here()
    if (here instanceof Error || here.#isWithin(this)) return here
    return this.#isOpen ? this : endedBlock(this.verb)
  }

  #here(): Block | ResourceClosedError {
    const here = storage.getStore()
    if (!here) return this
    for (let block: Block | undefined = here; block; block = block.#around) {
      if (block.root !== this) continue
      if (block.#isOpen) return block
      if (block.kind === 'callback') return endedBlock(block.verb)
    }
    const ended = here.#endedAround.find(({ session }) => session === this)
    return ended ? endedBlock(ended.verb) : this
  }

  #isWithin(other: Block): boolean {
    for (let block: Block | null = this; block; block = block.parent) if (block === other) return true
    return false
  }
}

interface Ended {
  /** The block around everything of its session. */
  readonly session: Block
  readonly verb: string
}

/** A job that plans the next one, each with a session of its own, would make a chain without end. */
const mostRemembered = 8
const none: readonly Ended[] = []

const storage = new AsyncLocalStorage<Block>()

function endedBlock(verb: string): ResourceClosedError {
  return new ResourceClosedError(
    `This call was made by the function given to ${verb}(), which has ended, and was not sent. Await everything that the function starts, or start it outside of the function.`,
  )
}
