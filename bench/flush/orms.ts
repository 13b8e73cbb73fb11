/** Other mappers with a unit of work, each in a process of its own: MikroORM 7 wants a later Node.js than this may be. */
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rows } from './units.ts'

const folder = fileURLToPath(new URL('../orms/', import.meta.url))
const files = { MikroORM: 'mikro-orm.mjs', TypeORM: 'typeorm.mjs' } as const

export type OrmName = keyof typeof files

/** Installs them the first time; null where the registry cannot be reached. */
export async function startOrms(url: string): Promise<Record<OrmName, Orm> | null> {
  try {
    if (!existsSync(`${folder}node_modules/node`))
      execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' })
  } catch (error) {
    console.error(`MikroORM and TypeORM are not measured, npm ci in bench/orms failed: ${error}`)
    return null
  }
  const [MikroORM, TypeORM] = await Promise.all([Orm.start(files.MikroORM, url), Orm.start(files.TypeORM, url)])
  return { MikroORM, TypeORM }
}

export class Orm {
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(file: string, url: string): Promise<Orm> {
    const child = fork(folder + file, [JSON.stringify({ url, rows })], {
      execPath: `${folder}node_modules/node/bin/node`,
      execArgv: [],
      cwd: folder,
    })
    await once(child, 'message')
    return new Orm(child)
  }

  /** The milliseconds of one unit of work. */
  async time(kind: string): Promise<number> {
    this.#child.send(kind)
    const [answer] = await once(this.#child, 'message')
    return answer as number
  }

  stop(): void {
    this.#child.disconnect()
  }
}
