import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './project.js'

/** In a folder outside of this project: what the package needs as it is installed, and nothing more, tsx for one. */
export function linkDependencies(folder: string): void {
  const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const needed = Object.keys({ ...dependencies, ...peerDependencies }).filter(
    (name) => !peerDependenciesMeta[name]?.optional,
  )
  // Clients and adapters are found beside the peer.
  for (const name of new Set(needed.map(scopeOf))) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), link)
  }
}

function scopeOf(name: string): string {
  return name.startsWith('@') ? (name.split('/')[0] as string) : name
}
