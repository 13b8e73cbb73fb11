/** The client with its next transaction's ROLLBACK failing, once: what it rolls back is rolled back all the same. */
export function failingRollback<C extends object>(client: C): C {
  let fails = true
  return new Proxy(client, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (name !== '$transaction') return value
      return async (fn: () => Promise<unknown>, options: object) => {
        try {
          return await Reflect.apply(value as () => unknown, target, [fn, options] as never)
        } catch (error) {
          if (!fails) throw error
          fails = false
          throw new Error('the connection is gone')
        }
      }
    },
  })
}
