import Module, { createRequire as makeRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
/**
 * A script that is no ES module requires the package's other build, whose statements and errors this one would not know:
 * it is given this one.
 */
export function shareWithRequire(namespaces: Readonly<Record<string, object>>): void {
  const { cache } = makeRequire(import.meta.url)
  for (const [name, namespace] of Object.entries(namespaces)) {
    const path = fileURLToPath(new URL(`./${name}.cjs`, import.meta.url))
    const module = new Module(path)
    module.filename = path
    module.loaded = true
    module.exports = { ...namespace }
    Object.defineProperty(module.exports, '__esModule', { value: true })
    cache[path] = module
  }
}
