import { AsyncResource } from 'node:async_hooks'

/** A call, and how to do something in the context that it was made in; null where that is the current one. */
export interface InContext<C> {
  readonly call: C
  readonly within: (<T>(fn: () => T) => T) | null
}

/** Carries out several calls; answers come in their order. */
export type Together<C, T, Q> = (calls: readonly InContext<C>[], queue: Q) => Promise<readonly Answer<T>[]>
type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

/** What waits in a queue: a call, or several that go out together. */
export interface Entry {
  readonly verb: string
  /** Milliseconds after which it does not wait any more for code of the user's that makes no call. */
  readonly patience: number
  run(): void
  refuse(error: unknown): void
  readonly batch?: { readonly start: unknown; readonly members: BatchMember[] }
}

export interface BatchMember extends InContext<unknown> {
  resolve(value: unknown): void
}

/** As AsyncLocalStorage.snapshot(), which takes 40 µs on Node 20. */
export function callerContext(): <T>(fn: () => T) => T {
  const resource = new AsyncResource('SessionCall')
  return (fn) => resource.runInAsyncScope(fn)
}

/** What waits follows the answers' own promise, by which the stack of an error leads on to who asked. */
export function handOver(members: readonly BatchMember[], answers: Promise<readonly Answer<unknown>[]>): void {
  for (const [index, { resolve }] of members.entries()) resolve(answers.then((all) => unwrapped(all[index])))
}

function unwrapped(answer: Answer<unknown> | undefined): unknown {
  if (answer?.ok) return answer.value
  throw answer?.error
}
