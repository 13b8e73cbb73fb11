/** The methods that Prisma gives every delegate. */
export const prismaOperations: ReadonlySet<string> = new Set([
  ...['findUnique', 'findUniqueOrThrow', 'findFirst', 'findFirstOrThrow', 'findMany', 'count', 'aggregate', 'groupBy'],
  ...['create', 'createMany', 'createManyAndReturn', 'update', 'updateMany', 'updateManyAndReturn', 'upsert'],
  ...['delete', 'deleteMany'],
])

/** Methods of the client that go to the database by themselves. */
export const rawMethods: ReadonlySet<string> = new Set([
  ...['$queryRaw', '$queryRawUnsafe', '$queryRawTyped', '$executeRaw', '$executeRawUnsafe'],
])

/** What Prisma takes from the client of a transaction. */
export const clientOnly: ReadonlySet<string> = new Set(['$connect', '$disconnect', '$on', '$use', '$extends'])

/** The delegate's methods as they are on this client: Prisma's, and those of model extensions. */
export function methodsOf(delegate: object): string[] {
  const names = Object.keys(delegate).filter((name) => !name.startsWith('$') && !mongoOnly.has(name))
  return names.filter((name) => typeof (delegate as Record<string, unknown>)[name] === 'function')
}

/** The client's methods that can be called by name from elsewhere: Prisma's, and those of client extensions. */
export function clientMethodsOf(client: object): string[] {
  return namesOf(client).filter(
    (name) => !name.startsWith('_') && !notByName.has(name) && typeof Reflect.get(client, name) === 'function',
  )
}

function namesOf(client: object): string[] {
  try {
    return Reflect.ownKeys(client).filter((name) => typeof name === 'string')
  } catch {
    return [...rawMethods] // an extended transaction client cannot be listed
  }
}

const notByName = new Set([
  ...['constructor', '$extends', '$on', '$transaction', '$runCommandRaw', '$executeRawInternal', '$queryRawInternal'],
])

const mongoOnly = new Set(['findRaw', 'aggregateRaw'])
