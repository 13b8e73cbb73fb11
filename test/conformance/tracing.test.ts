// Spans as Prisma's tracing makes them. OpenTelemetry is put in place by what its packages register: the active context, and
// Prisma's helper.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { ExecutionContext } from 'ava'
import { select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'

interface Span {
  readonly name: string
  readonly parent: string | null
}

class Tracer {
  readonly spans: Span[] = []
  readonly #active = new AsyncLocalStorage<{ readonly name: string }>()
  readonly #none = { name: '' }

  constructor(t: ExecutionContext) {
    const manager = {
      active: () => this.#active.getStore() ?? this.#none,
      with: <T>(context: { readonly name: string }, fn: () => T) => this.#active.run(context, fn),
    }
    const helper = {
      isEnabled: () => true,
      getTraceParent: () => '00-0-0-00',
      dispatchEngineSpans: () => {},
      getActiveContext: manager.active,
      runInChildSpan: (options: string | { readonly name: string }, fn: () => unknown) =>
        this.span(typeof options === 'string' ? options : options.name, fn),
    }
    const globals = globalThis as Record<string | symbol, unknown>
    const api = Symbol.for('opentelemetry.js.api.1')
    globals[api] = { context: manager }
    globals.PRISMA_INSTRUMENTATION = { helper }
    t.teardown(() => {
      delete globals[api]
      delete globals.PRISMA_INSTRUMENTATION
    })
  }

  span<T>(name: string, fn: () => T): T {
    this.spans.push({ name, parent: this.#active.getStore()?.name ?? null })
    return this.#active.run({ name }, fn)
  }

  /** The parents of the spans of that name. */
  parents(name: string): (string | null)[] {
    return this.spans.filter((span) => span.name === name).map(({ parent }) => parent)
  }
}

/** The tracer is one of this thread. */
const options = { modes: ['async'] } as const

behaviour(
  "what a session sends is a child of its transaction's span",
  async (t, x) => {
    await x.s.user.count() // connects
    await x.s.rollback()
    const tracer = new Tracer(t)
    await tracer.span('request', async () => {
      x.s.add('User', { name: 'a' })
      await x.s.flush()
      await x.s.user.count()
      ;(await x.s.scalars(select('User'))).all()
      const savepoint = await x.s.beginNested()
      await x.s.user.count()
      await savepoint.commit()
      await x.s.commit()
    })
    t.is(tracer.parents('transaction')[0], 'request')
    t.true(tracer.parents('operation').length >= 4)
    t.deepEqual([...new Set(tracer.parents('operation'))], ['transaction'])
    t.deepEqual([...new Set(tracer.parents('commit_transaction'))], ['transaction'])
  },
  options,
)

behaviour(
  'a span that the caller has begun inside a transaction stays the parent of its calls',
  async (t, x) => {
    await x.s.user.count()
    const tracer = new Tracer(t)
    await x.s.commit()
    await tracer.span('request', async () => {
      await x.s.user.count()
      await tracer.span('loading', async () => void (await x.s.user.count()))
      await x.s.commit()
    })
    t.deepEqual(tracer.parents('operation'), ['transaction', 'loading'])
  },
  options,
)

behaviour(
  'calls outside a transaction are children of what is active',
  async (t, x) => {
    const s = x.session({ autobegin: false })
    await s.user.count()
    const tracer = new Tracer(t)
    await tracer.span('request', async () => void (await s.user.count()))
    t.deepEqual(tracer.parents('operation'), ['request'])
  },
  options,
)
