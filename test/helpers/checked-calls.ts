import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { generateModels } from './many-models.js'
import { Project, root, run } from './project.js'

const models = 50

/** The same file of 200 calls, four to a model, checked with the client's type and with those of sessions over it. */
export class CheckedCalls {
  readonly #project = new Project('cost')

  constructor() {
    generateModels(this.#project, models)
    mkdirSync(this.#project.path('calls'))
    this.#project.write(
      'calls/tsconfig.json',
      JSON.stringify({ extends: '../../../tsconfig.json', include: ['calls.ts'], exclude: [] }),
    )
  }

  async check(type: CheckedType): Promise<Cost> {
    return this.#cost(program(type))
  }

  /** One call of an AsyncSession, finished or not. */
  async checkCall(call: string): Promise<Cost> {
    return this.#cost(`${imports}declare const session: AsyncSession<PrismaClient>\nsession.${call}\n`)
  }

  async #cost(text: string): Promise<Cost> {
    this.#project.write('calls/calls.ts', text)
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const options = ['-p', this.#project.path('calls'), '--extendedDiagnostics']
    const { stdout } = await run(process.execPath, [tsc, ...options]).catch(
      (failed: { stdout: string }) => failed, // an unfinished call is an error
    )
    const figure = (name: string) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(stdout)?.[1])
    return {
      instantiations: figure('Instantiations'),
      milliseconds: figure('Total time') * 1000,
      kilobytes: figure('Memory used'),
    }
  }

  remove(): void {
    this.#project.remove()
  }
}

export type CheckedType = 'PrismaClient' | 'AsyncSession<PrismaClient>' | 'SyncSession<PrismaClient>'

export interface Cost {
  /** Of types: a number that does not depend on how busy the machine is. */
  readonly instantiations: number
  readonly milliseconds: number
  readonly kilobytes: number
}

const imports = `import type { PrismaClient } from '../client/client.ts'
import type { AsyncSession, SyncSession } from '../../../src/types/index.js'
`

function program(type: CheckedType): string {
  const calls = Array.from({ length: models }, (_, index) => {
    const delegate = `client.model${index}`
    return `
  out.push((await ${delegate}.findMany({ where: { name: 'a', parent: { name: 'b' } }, include: { parent: true } }))[0]?.parent.name)
  out.push((await ${delegate}.findUnique({ where: { id: 1 }, select: { name: true, children: { select: { id: true } } } }))?.children[0]?.id)
  out.push((await ${delegate}.create({ data: { name: 'a', parentId: 1 } })).id)
  out.push((await ${delegate}.update({ where: { id: 1 }, data: { name: 'b' } })).name)`
  })
  return `${imports}export async function calls(client: ${type}) {
  const out: unknown[] = []
  ${calls.join('\n')}
  return out
}
export type Used = [AsyncSession<PrismaClient>, SyncSession<PrismaClient>]`
}
