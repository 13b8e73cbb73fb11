import fc from 'fast-check'

/** Schemas of PostgreSQL that Prisma takes: models with keys, uniques, defaults, names in the database, and relations between them. */
export const schemas: fc.Arbitrary<string> = fc
  .record({
    models: fc.array(
      fc.record({ key: fc.constantFrom('id', 'pair', 'block'), mapped: fc.boolean(), fields: scalars() }),
      {
        minLength: 1,
        maxLength: 5,
      },
    ),
    relations: fc.array(
      fc.record({
        from: fc.nat(),
        to: fc.nat(),
        kind: fc.constantFrom('many', 'one', 'links'),
        isNamed: fc.boolean(),
        isOptional: fc.boolean(),
        actions: fc.constantFrom(
          '',
          ', onDelete: Cascade',
          ', onUpdate: NoAction',
          ', onDelete: NoAction, onUpdate: Cascade',
        ),
      }),
      { maxLength: 5 },
    ),
    space: fc.constantFrom(' ', '    ', '\t'),
  })
  .map(({ models, relations, space }) => {
    const bodies = models.map((model, index) => modelLines(model, index))
    for (const [index, relation] of relations.entries()) relate(bodies, models, relation, index)
    const blocks = bodies.map((lines, index) => block(`model M${index}`, lines, space))
    return [head, enumText, ...blocks].join('\n')
  })

const head = 'datasource db {\n  provider = "postgresql"\n}'
const enumText = 'enum Kind {\n  plain\n  rare @map("very rare")\n}'

interface ModelShape {
  readonly key: string
  readonly mapped: boolean
  readonly fields: readonly string[]
}

interface RelationShape {
  readonly from: number
  readonly to: number
  readonly kind: string
  readonly isNamed: boolean
  readonly isOptional: boolean
  readonly actions: string
}

function scalars(): fc.Arbitrary<string[]> {
  const text = fc.string({ maxLength: 8 }).map((value) => JSON.stringify(value))
  const field = fc.oneof(
    fc.constantFrom('Int', 'Int?', 'Int[]', 'Json', 'Bytes?', 'Kind', 'Kind[]', 'Kind?', 'DateTime @updatedAt'),
    fc.constantFrom('String @unique', 'String? @unique', 'Int @unique(map: "u", sort: Desc)', 'Unsupported("point")?'),
    fc.constantFrom(
      'Kind @default(rare)',
      'Kind[] @default([plain, rare])',
      'Boolean @default(true)',
      'String @ignore',
    ),
    fc.constantFrom(
      'String @default(cuid())',
      'String @default(uuid(7))',
      'DateTime @default(now()) @db.Timestamptz(3)',
    ),
    fc.integer().map((value) => `Int @default(${value})`),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => `BigInt @default(${value})`),
    fc
      .tuple(fc.integer({ min: -999, max: 999 }), fc.nat(99))
      .map(([whole, part]) => `Decimal @default(${whole}.${part})`),
    fc
      .tuple(fc.integer({ min: -999, max: 999 }), fc.nat(99))
      .map(([whole, part]) => `Float @default(${whole}.${part})`),
    text.map((value) => `String @default(${value}) @db.VarChar(40)`),
    fc.constantFrom('String @default(dbgenerated("a(b), \'c\'"))', 'String @default(dbgenerated())'),
    fc.array(text, { maxLength: 3 }).map((values) => `String[] @default([${values.join(', ')}])`),
    fc.jsonValue({ maxDepth: 2 }).map((value) => `Json @default(${JSON.stringify(JSON.stringify(value))})`),
  )
  return fc.array(field, { maxLength: 6 })
}

function modelLines({ key, mapped, fields }: ModelShape, index: number): string[] {
  const lines = fields.map((field, at) => `f${at} ${field.replace('map: "u"', `map: "u_${index}_${at}"`)}`)
  if (key === 'id') lines.unshift('id Int @id @default(autoincrement())')
  else lines.unshift('id Int', 'other Int', key === 'pair' ? '@@id([other, id])' : `@@id([id], map: "key ${index}")`)
  lines.push('a Int', 'b Int @map("the b")', index % 2 === 0 ? '@@unique([a, b], name: "ab")' : '@@unique([b, a])')
  if (mapped) lines.push(`@@map("table ${index}")`)
  return lines
}

/** Adds both sides of a relation to the lines of their models. */
function relate(bodies: string[][], models: readonly ModelShape[], relation: RelationShape, index: number): void {
  const from = relation.from % models.length
  const to = relation.to % models.length
  const [source, target] = [bodies[from] as string[], bodies[to] as string[]]
  // Two relations of the same models, and one of a model to itself, need names.
  const name = `"r ${index}"`
  const mark = relation.isNamed ? name : `name: ${name}`
  if (relation.kind === 'links') {
    if (models[from]?.key === 'pair' || models[to]?.key === 'pair') return
    source.push(`l${index} M${to}[] @relation(${mark})`)
    target.push(`m${index} M${from}[] @relation(${mark})`)
    return
  }
  const optional = relation.isOptional ? '?' : ''
  const isPair = models[to]?.key === 'pair'
  const keys = isPair ? [`k${index}`, `o${index}`] : [`k${index}`]
  const isSelf = from === to
  const actions = isSelf ? ', onDelete: NoAction, onUpdate: NoAction' : relation.actions
  source.push(
    ...keys.map((key) => `${key} Int${optional}`),
    `r${index} M${to}${optional} @relation(${mark}, fields: [${keys.join(', ')}], references: [${isPair ? 'other, id' : 'id'}]${actions})`,
  )
  if (relation.kind === 'one') source.push(`@@unique([${keys.join(', ')}])`)
  target.push(`s${index} M${from}${relation.kind === 'one' ? '?' : '[]'} @relation(${mark})`)
}

function block(title: string, lines: readonly string[], space: string): string {
  return `${title} {\n${lines.map((line) => `${space}${line.replace(/(?<=^\w+) /, space)}`).join('\n')}\n}`
}
