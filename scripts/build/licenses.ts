import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

/** The licenses of the libraries that a bundle contains, each under the name and version of its library. */
export function licensesOf({ inputs }: Metafile, root: string): string {
  const folders = new Set(Object.keys(inputs).flatMap((file) => packageFolder.exec(file)?.[0] ?? []))
  return [...folders]
    .sort()
    .map((folder) => licenseOf(join(root, folder)))
    .join('\n')
}

/** The innermost package that a file is in. */
const packageFolder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
  const text = file === undefined ? `Licensed under ${license}.` : readFileSync(join(folder, file), 'utf8').trim()
  return `${name} ${version}\n${'-'.repeat(72)}\n${text}\n`
}
