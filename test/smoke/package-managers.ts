import { copyFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Consumer, rangeOf } from './consumer.js'

interface PackageManager {
  /** The arguments of Node that install the dependencies of package.json, keeping every file in the folder. */
  readonly install: (consumer: Consumer) => readonly string[]
  /** The arguments with which Node finds what it has installed. */
  readonly loaders: readonly string[]
}

/** By their names in the titles of tests. */
export const packageManagers: Readonly<Record<string, PackageManager>> = {
  pnpm: {
    install: (consumer) => [
      consumer.installed('pnpm', 'bin/pnpm.mjs'),
      ...['install', '--ignore-scripts', '--no-frozen-lockfile', '--store-dir=.pnpm-store'],
    ],
    loaders: [],
  },
  "Yarn 4, Plug'n'Play": {
    install: (consumer) => [consumer.installed('@yarnpkg/cli-dist', 'bin/yarn.js'), 'install'],
    loaders: ['--require=./.pnp.cjs', '--loader=./.pnp.loader.mjs'],
  },
}

/** A project with the packed package and the generated TypeScript client, which another package manager installs. */
export class OtherProject implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'other-consumer-'))

  private constructor(consumer: Consumer) {
    const dependencies = {
      'prisma-session-proxy': `file:${consumer.tarball}`,
      ...Object.fromEntries(['@prisma/client', '@prisma/adapter-libsql'].map((name) => [name, rangeOf(name)])),
    }
    const manifest = { name: 'other-consumer', private: true, type: 'module', dependencies }
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify(manifest))
    cpSync(join(consumer.folder, 'client'), join(this.folder, 'client'), { recursive: true })
    for (const file of ['db.ts', 'program.ts']) copyFileSync(join(consumer.folder, file), join(this.folder, file))
  }

  static async create(consumer: Consumer, { install }: PackageManager): Promise<OtherProject> {
    const project = new OtherProject(consumer)
    const registry = (await consumer.run('npm', ['config', 'get', 'registry'])).trim()
    const env = {
      npm_config_registry: registry,
      XDG_CACHE_HOME: join(project.folder, '.cache'),
      XDG_STATE_HOME: join(project.folder, '.state'),
      YARN_NPM_REGISTRY_SERVER: registry,
      YARN_UNSAFE_HTTP_WHITELIST: new URL(registry).hostname,
      YARN_GLOBAL_FOLDER: join(project.folder, '.yarn-global'),
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', // which CI is taken for
      YARN_ENABLE_SCRIPTS: 'false',
      YARN_ENABLE_TELEMETRY: 'false',
    }
    await consumer.run(consumer.nodeOf('24'), install(consumer), { cwd: project.folder, env, timeout: 1_800_000 })
    return project
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
