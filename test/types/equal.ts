/** Whether two types are the very same. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Whether a value of `A` may stand where `B` is wanted. */
export type Fits<A, B> = [A] extends [B] ? true : false

/** Does not compile unless each is true. */
export type Expect<_ extends readonly true[]> = never
export type Refuse<_ extends readonly false[]> = never

/** Does not compile unless the value has exactly the type. */
export declare function expectType<T>(): <V>(value: V, ...same: Equal<V, T> extends true ? [] : [wanted: T]) => void

/** An object type as one, whatever it is put together from. */
export type Flat<T> = T extends Date | ((...args: never) => unknown) ? T : { [K in keyof T]: T[K] }

/** What cannot be known. */
// biome-ignore lint/suspicious/noExplicitAny: the tests say where
export type Any = any
