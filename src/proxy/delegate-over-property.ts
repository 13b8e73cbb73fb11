/**
 * A property of the session and the delegate of the model of its name in one: the delegate's members come first, because
 * programs written for Prisma call them, and the property's own follow. A flag carries no members: there the model wins.
 */
export function delegateOverProperty(delegate: object, property: unknown): object {
  if (typeof property !== 'object' || property === null) return delegate
  const last = latest.get(delegate)
  if (last?.property === property) return last.both
  const both = new Proxy(property, trapsOver(delegate))
  latest.set(delegate, { property, both })
  return both
}

// The same object each time, as with Prisma, for the properties that are.
const latest = new WeakMap<object, { readonly property: object; readonly both: object }>()

function trapsOver(delegate: object): ProxyHandler<object> {
  const sideOf = (property: object, name: string | symbol) => (Reflect.has(delegate, name) ? delegate : property)
  return {
    get(property, name) {
      const side = sideOf(property, name)
      const member = Reflect.get(side, name)
      const isMethod = side === property && typeof member === 'function' && name !== 'constructor'
      return isMethod ? member.bind(property) : member // a Set's methods work on Sets alone
    },
    set: (property, name, value) => Reflect.set(sideOf(property, name), name, value),
    has: (property, name) => Reflect.has(sideOf(property, name), name),
    getOwnPropertyDescriptor: (property, name) => Reflect.getOwnPropertyDescriptor(sideOf(property, name), name),
    defineProperty: (property, name, descriptor) => Reflect.defineProperty(sideOf(property, name), name, descriptor),
  }
}
