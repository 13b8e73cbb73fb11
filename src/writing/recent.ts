/** What was last asked for, of a limited number: what the keys are made of may come from requests. */
export class Recent<V> {
  readonly #limit: number
  readonly #values = new Map<string, V>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The value of a key, made where it is not there. */
  get(key: string, make: () => V): V {
    let value = this.#values.get(key)
    if (value === undefined) value = make()
    else this.#values.delete(key) // to stand last again
    this.#values.set(key, value)
    if (this.#values.size > this.#limit) this.#values.delete(this.#values.keys().next().value as string)
    return value
  }

  get size(): number {
    return this.#values.size
  }
}
