import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getDMMF } from '@prisma/get-dmmf'
import { type DmmfDatamodel, modelsFromDmmf } from '../../src/model/from-dmmf.js'
import type { Model, Models, Relation, ScalarField } from '../../src/model/model.js'
import { root } from '../helpers/project.js'

/** The models of a schema's text. Without a datasource, PostgreSQL's. */
export function modelsOf(text: string, provider = 'postgresql'): Models {
  const datamodel = text.includes('datasource') ? text : `datasource db {\n  provider = "${provider}"\n}\n${text}`
  const document = getDMMF({ datamodel })
  if ('datamodel' in document) return modelsFromDmmf(document.datamodel as unknown as DmmfDatamodel, provider)
  throw document.error
}

/** The models of prisma/test.prisma. */
export const testModels = modelsOf(readFileSync(join(root, 'prisma/test.prisma'), 'utf8'), 'sqlite')

export function modelNamed(models: Models, name: string): Model {
  const model = models.get(name)
  if (!model) throw new Error(`the schema has no model ${name}`)
  return model
}

export function scalarNamed(model: Model, name: string): ScalarField {
  const field = model.fields.get(name)
  if (field?.kind === 'scalar') return field
  throw new Error(`${model.name} has no scalar ${name}`)
}

export function relationNamed(model: Model, name: string): Relation {
  const field = model.fields.get(name)
  if (field?.kind === 'relation') return field
  throw new Error(`${model.name} has no relation ${name}`)
}
