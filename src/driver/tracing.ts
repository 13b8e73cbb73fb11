/**
 * Makes what a session sends a child of its transaction's span, as it would be inside Prisma's callback. That holds for calls
 * from where the transaction was begun; a span that the caller has begun since stays the parent.
 */
export function inSpan<T>(client: object, send: () => Promise<T>): Promise<T> {
  const span = isTracing ? spans.get(client) : undefined
  const manager = span && contexts()
  if (manager?.active() !== span?.outside || !manager) return send()
  // Prisma's promises are lazy: they are sent, and find the active span, when they are asked.
  const sent = () => new Promise<T>((resolve, reject) => void send().then(resolve, reject))
  return manager.with(span?.inside, sent)
}

/** To be called before the `$transaction` of `client`; what it gives is called in the callback, with the client that it has. */
export function noteSpan(client: object): (inner: object) => void {
  const active = contexts()?.active()
  const around = spans.get(client)
  return (inner) => {
    const inside = contexts()?.active()
    if (inside === active) return
    isTracing = true
    spans.set(inner, { outside: active === around?.inside ? around?.outside : active, inside })
  }
}

let isTracing = false
const spans = new WeakMap<object, { readonly outside: unknown; readonly inside: unknown }>()

/** What OpenTelemetry's API keeps the active span in, by the name under which all copies of it meet. */
function contexts(): ContextManager | undefined {
  return (globalThis as { [api]?: { context?: ContextManager } })[api]?.context
}

const api = Symbol.for('opentelemetry.js.api.1')

interface ContextManager {
  active(): unknown
  with<T>(context: unknown, fn: () => T): T
}
