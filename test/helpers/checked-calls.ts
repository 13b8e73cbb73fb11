import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { generateModels } from './many-models.js'
import { Project, root, run } from './project.js'

/** The same file of 200 calls, four to a model, checked with the client's type and with those of sessions over it. */
export class CheckedCalls {
  readonly #project = new Project('cost')

  constructor(models = calledModels) {
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

  /** The same work for ten models by the verbs of a session, or by the client's own methods. */
  async checkVerbs(type: 'PrismaClient' | 'AsyncSession<PrismaClient>'): Promise<Cost> {
    return this.#cost(type === 'PrismaClient' ? program(type, ownMethods, 10) : program(type, verbs, 10))
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

const calledModels = 50

const imports = `import type { Prisma, PrismaClient } from '../client/client.ts'
import type { AsyncSession, Entity, Select, SyncSession } from '../../../src/types/index.js'
`

function program(type: CheckedType, callsOf = forwardedCalls, models = calledModels): string {
  return `${imports}declare const select: Select
export async function calls(client: ${type}) {
  const out: unknown[] = []
  ${Array.from({ length: models }, (_, index) => callsOf(index)).join('\n')}
  return out
}
export type Used = [AsyncSession<PrismaClient>, SyncSession<PrismaClient>, Entity<PrismaClient, 'Model0'>, Prisma.Model0GetPayload<object>]`
}

function forwardedCalls(index: number): string {
  const delegate = `client.model${index}`
  return `
  out.push((await ${delegate}.findMany({ where: { name: 'a', parent: { name: 'b' } }, include: { parent: true } }))[0]?.parent.name)
  out.push((await ${delegate}.findUnique({ where: { id: 1 }, select: { name: true, children: { select: { id: true } } } }))?.children[0]?.id)
  out.push((await ${delegate}.create({ data: { name: 'a', parentId: 1 } })).id)
  out.push((await ${delegate}.update({ where: { id: 1 }, data: { name: 'b' } })).name)`
}

function ownMethods(index: number): string {
  const delegate = `client.model${index}`
  return `
  out.push((await ${delegate}.create({ data: { name: 'a', parentId: 1 } })).id)
  out.push((await ${delegate}.findUniqueOrThrow({ where: { id: 1 } })).name)
  out.push((await ${delegate}.findMany({ where: { name: 'a' } }))[0]?.email)
  out.push(({} as Prisma.Model${index}GetPayload<object>).name)`
}

function verbs(index: number): string {
  const model = `'Model${index}'`
  return `
  out.push(client.add(${model}, { name: 'a', parentId: 1 }).id)
  out.push((await client.getOne(${model}, 1)).name)
  out.push((await client.scalars(select(${model}, { where: { name: 'a' } }))).all()[0]?.email)
  out.push(({} as Entity<PrismaClient, ${model}>).name)`
}
