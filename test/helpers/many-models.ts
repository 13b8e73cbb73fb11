import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { type Project, root } from './project.js'

/** Generates a client of so many models into the folder `client` of a project. */
export function generateModels(project: Project, models: number): void {
  project.write('schema.prisma', schemaOf(models))
  const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js')
  // The schema engine, which is asked for, is never started.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath }
  execFileSync(process.execPath, [prisma, 'generate', '--schema', project.path('schema.prisma')], {
    cwd: root,
    stdio: 'ignore',
    env: { ...env, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
  })
}

/** Models with a few scalars each, in a ring of relations. */
function schemaOf(models: number): string {
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
