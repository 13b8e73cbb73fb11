import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Project, root, run } from './project.js'

const require = createRequire(import.meta.url)
const models = 50

/** The same file of 200 calls, four to a model, checked with the client's type and with those of sessions over it. */
export class CheckedCalls {
  readonly #project = new Project('cost')

  constructor() {
    this.#project.write('schema.prisma', schema())
    mkdirSync(this.#project.path('calls'))
    this.#project.write(
      'calls/tsconfig.json',
      JSON.stringify({ extends: '../../../tsconfig.json', include: ['calls.ts'], exclude: [] }),
    )
    // The schema engine, which is asked for, is never started.
    const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath }
    execFileSync(
      process.execPath,
      [require.resolve('prisma/build/index.js'), 'generate', '--schema', this.#project.path('schema.prisma')],
      {
        cwd: root,
        stdio: ['ignore', 'ignore', 'ignore'],
        env: { ...env, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
      },
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

/** Models with a few scalars each, in a ring of relations. */
function schema(): string {
  const texts = Array.from({ length: models }, (_, index) => {
    const before = (index + models - 1) % models
    const after = (index + 1) % models
    return `model Model${index} {
      id       Int     @id @default(autoincrement())
      name     String
      email    String? @unique
      price    Decimal?
      at       DateTime @default(now())
      data     Json?
      parentId Int
      parent   Model${before} @relation("r${index}", fields: [parentId], references: [id])
      children Model${after}[] @relation("r${after}")
    }`
  })
  return `generator client {
      provider               = "prisma-client"
      output                 = "./client"
      moduleFormat           = "esm"
      generatedFileExtension = "ts"
      importFileExtension    = "ts"
    }
    datasource db {
      provider = "sqlite"
    }
    ${texts.join('\n')}`
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
