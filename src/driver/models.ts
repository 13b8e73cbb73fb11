import { ModelMetadataError } from '../errors.js'
import { type DmmfDatamodel, modelsFromDmmf } from '../model/from-dmmf.js'
import type { Models } from '../model/model.js'
import { datamodelOf } from '../schema/datamodel.js'
import { providerOf, schemaOf } from './prisma-internals.js'
/** What the session knows of a client's schema, from the text that the client carries. */
export function modelsOf(client: object, override?: object): Models {
  return modelsIn(schemaOf(client), providerOf(client), override)
}

/** The same where the client itself is in another thread. */
export function modelsIn(schema: string | null, provider: string, override?: object): Models {
  if (override) {
    const models = overriding.get(override) ?? modelsFromDmmf(override as DmmfDatamodel, provider)
    overriding.set(override, models)
    return models
  }
  if (schema === null) {
    throw new ModelMetadataError(
      'the client does not carry its schema text: pass `options.models`, for example `(await getDMMF({ datamodel })).datamodel` of @prisma/get-dmmf',
    )
  }
  return parsed(schema, provider)
}

const overriding = new WeakMap<object, Models>()

// Parsed once per schema text: clients of one schema are many in tests, and each session asks.
const cache = new Map<string, Models>()

function parsed(schema: string, provider: string): Models {
  const models = cache.get(schema) ?? modelsFromDmmf(parse(schema), provider)
  cache.set(schema, models)
  return models
}

function parse(schema: string): DmmfDatamodel {
  try {
    return datamodelOf(schema)
  } catch (cause) {
    throw new ModelMetadataError('the schema text that the client carries cannot be parsed: pass `options.models`', {
      cause,
    })
  }
}
