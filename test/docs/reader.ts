import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { build } from 'esbuild'
import { builtPackage } from '../../scripts/test/package.ts'
import { Project } from '../helpers/project.ts'
import type { Program } from './programs.ts'
import { standIns } from './stand-ins.ts'

/** A project with the pages' blocks as its files and the built package installed. */
export class Reader extends Project {
  static async with(programs: readonly Program[]): Promise<Reader> {
    const reader = new Reader('docs')
    reader.#install()
    reader.write('foreign.d.ts', standIns)
    mkdirSync(reader.path('generated/prisma'), { recursive: true })
    reader.write('generated/prisma/client.ts', "export * from '../../../../generated/test/client.ts'\n")
    for (const { file, code } of programs) {
      mkdirSync(dirname(reader.path(file)), { recursive: true })
      reader.write(file, code)
    }
    await reader.createDatabase('template.db', 'test.sql')
    await build({
      entryPoints: programs.filter(({ isRun }) => isRun).map(({ file }) => reader.path(file)),
      outdir: reader.folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      logLevel: 'error',
    })
    return reader
  }

  /** The errors of tsc in all programs, in one run. */
  wrongTypes(programs: readonly Program[]): Promise<string> {
    return this.typeErrors(['foreign.d.ts', ...programs.map(({ file }) => file)], {
      module: 'esnext',
      moduleResolution: 'bundler',
      experimentalDecorators: true,
      paths: {
        'prisma-session-proxy': ['../../src/index.ts'],
        'prisma-session-proxy/sync': ['../../src/sync.ts'],
      },
    })
  }

  /** An empty database, for `./app.db` of that folder. */
  giveDatabase(...folder: string[]): void {
    mkdirSync(this.path(...folder), { recursive: true })
    copyFileSync(this.path('template.db'), this.path(...folder, 'app.db'))
  }

  #install(): void {
    mkdirSync(this.path('node_modules'))
    symlinkSync(builtPackage(), this.path('node_modules/prisma-session-proxy'), 'dir')
    this.write('package.json', '{ "name": "reader", "private": true, "type": "module" }')
  }
}
