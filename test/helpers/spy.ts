import { isQuestion, parseControl } from './sql.js'

/** One Prisma operation that went to the client. `model` is undefined for `$queryRaw` and its kind. */
export interface Op {
  readonly model: string | undefined
  readonly operation: string
  readonly args: unknown
}

/** What a spied client was asked, in order. */
export interface Log {
  ops: Op[]
  wire: string[]
}

type Method = (...args: unknown[]) => unknown
type Bag = Record<PropertyKey, unknown>

const raw = new Set([
  '$queryRaw',
  '$queryRawUnsafe',
  '$queryRawTyped',
  '$executeRaw',
  '$executeRawUnsafe',
  '$runCommandRaw',
])
const names = [
  { begin: 'BEGIN', commit: 'COMMIT', rollback: 'ROLLBACK' },
  { begin: 'SAVEPOINT', commit: 'RELEASE', rollback: 'ROLLBACK TO' },
]

/** The same client, everything passed through, its operations written to `log` when they are sent: Prisma's promises are lazy. */
export function spyOn<C extends object>(client: C, log: Log, nested = false): C {
  const known = new Map<object, object>()
  const proxy: C = new Proxy(client, {
    get(target, key) {
      const value = Reflect.get(target, key, target)
      if (typeof value === 'object' && value !== null && isDelegate(key, value)) return delegateOf(value)
      if (typeof value !== 'function' || key === 'constructor') return value
      const call: Method = (...args) => Reflect.apply(value, target, args)
      if (key === '$transaction') return (...args: unknown[]) => transaction(call, args, log, nested)
      if (key === '$extends') return (...args: unknown[]) => spyOn(call(...args) as object, log, nested)
      if (raw.has(String(key)))
        return (...args: unknown[]) => watch(call(...args), () => recordRaw(String(key), args, log))
      // An extension's method reads through what it is called on.
      return function (this: unknown, ...args: unknown[]) {
        return Reflect.apply(value, this === proxy ? target : this, args)
      }
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  })
  return proxy

  // `client.user === client.user`, as with Prisma's own client.
  function delegateOf(real: object): object {
    const spied = known.get(real) ?? spyOnDelegate(real, log)
    known.set(real, spied)
    return spied
  }
}

function spyOnDelegate(delegate: object, log: Log): object {
  const { $name, name } = delegate as { $name?: string; name?: string }
  const proxy: object = new Proxy(delegate, {
    get(target, key) {
      const value = Reflect.get(target, key, target)
      if (typeof value !== 'function' || typeof key === 'symbol' || key.startsWith('$')) return value
      return function (this: unknown, ...args: unknown[]) {
        const op = { model: $name ?? name, operation: key, args: args[0] }
        return watch(Reflect.apply(value, this === proxy ? target : this, args), () => log.ops.push(op))
      }
    },
  })
  return proxy
}

async function transaction(call: Method, [work, ...rest]: unknown[], log: Log, nested: boolean): Promise<unknown> {
  const word = names[nested ? 1 : 0] as (typeof names)[0]
  if (typeof work !== 'function') {
    log.wire.push('BEGIN') // the array form opens one of its own wherever it is called
    const results = await call(work, ...rest)
    log.wire.push('COMMIT')
    return results
  }
  return call(
    async (tx: object) => {
      log.wire.push(word.begin)
      try {
        const result = await work(spyOn(tx, log, true))
        log.wire.push(word.commit)
        return result
      } catch (error) {
        log.wire.push(word.rollback)
        throw error
      }
    },
    ...rest,
  )
}

/** Calls `sent` once, when the promise is first asked for its value. Relations hung on it (`findUnique().posts()`) are watched alike. */
function watch(promise: unknown, sent: () => void): unknown {
  if (typeof promise !== 'object' || promise === null || !('then' in promise)) return promise
  let done = false
  const once = () => {
    if (!done) sent()
    done = true
  }
  return new Proxy(promise, {
    get(target, key) {
      const value = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const asks = key === 'then' || key === 'catch' || key === 'finally' || key === 'requestTransaction'
        if (asks) once()
        const result = Reflect.apply(value, target, args)
        return asks ? result : watch(result, once)
      }
    },
  })
}

function recordRaw(operation: string, args: unknown[], log: Log): void {
  const sql = textOf(args[0])
  const control = parseControl(sql)
  if (control) log.wire.push(control)
  else if (!isQuestion(sql) && !/^\s*PRAGMA\b|pragma_defer_foreign_keys|sqlite_schema/i.test(sql))
    log.ops.push({ model: undefined, operation, args })
}

function textOf(query: unknown): string {
  if (typeof query === 'string') return query
  if (Array.isArray(query)) return query.join('?')
  return String((query as { sql?: string } | undefined)?.sql ?? '')
}

function isDelegate(key: PropertyKey, value: object): boolean {
  return typeof key === 'string' && !/^[$_]/.test(key) && typeof (value as Bag).findMany === 'function'
}
