/** How a session reaches its database: by promises, or blocking. `Session<C>` leaves it open: `Mode` itself. */
export type Mode = 'async' | 'sync'

/** What a verb that touches the database gives back: a promise, the plain value, or, where the mode is open, either. `await` takes all three. */
export type Io<M extends Mode, T> = [Mode] extends [M] ? T | PromiseLike<T> : M extends 'async' ? Promise<T> : T

/** What `using` (sync) or `await using` (async, open) takes. */
export type DisposableIn<M extends Mode> = M extends 'async' ? AsyncDisposable : Disposable

/** What the types do not know: rows of untyped statements, everything of a session whose client is `any`. */
export type Untyped = any

export type IsAny<T> = 0 extends 1 & T ? true : false
