// The metadata made of a schema's text is what Prisma's own parser gives, for every schema of the tests and for generated ones.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { getDMMF } from '@prisma/get-dmmf'
import test from 'ava'
import fc from 'fast-check'
import type { DmmfDatamodel } from '../../src/model/from-dmmf.js'
import { datamodelOf } from '../../src/schema/datamodel.js'
import { root } from '../helpers/project.js'
import { schemas } from './generated-schemas.js'

for (const name of readdirSync(join(root, 'prisma'))) {
  if (!name.endsWith('.prisma')) continue
  test(`prisma/${name} has the metadata that Prisma's parser gives`, (t) => {
    const text = readFileSync(join(root, 'prisma', name), 'utf8')
    t.deepEqual(compared(datamodelOf(text)), compared(byPrisma(text)))
  })
}

interface SyntaxRow {
  readonly title: string
  readonly provider?: string
  readonly text: string
}

const syntax: readonly SyntaxRow[] = [
  {
    title: 'comments of every form',
    text: `
      /// of the model
      // not a field Int
      /* neither
         model B { id Int @id } */
      model A { // after a brace
        /// of the field
        id Int @id // "after // a field"
        url String @default("https://example.org/*not-a-comment*/") /// at its end
      }`,
  },
  {
    title: 'strings with escapes, quotes and braces',
    text: `
      model A {
        id Int @id
        a String @default("say \\"hi\\" {}[]()@@id \\\\ ")
        b String @default("line\\nline\\ttab \\u00e9 \\/ é ü 漢字")
        c String @default("")
        @@map("odd \\"table\\" { name")
      }`,
  },
  {
    title: 'numbers with signs, points and many digits',
    text: `
      model A {
        id Int @id @default(-1)
        b BigInt @default(-9223372036854775808)
        f Float @default(-1.50)
        g Float @default(3)
        d Decimal @default(12.5) @db.Decimal(65, 30)
        e Decimal @default(7)
        l Int[] @default([1, -2, 3])
        m BigInt[] @default([9007199254740993])
        n Decimal[] @default([1.25, 2])
        o Float[] @default([])
      }`,
  },
  {
    title: 'defaults of every scalar and every function',
    text: `
      model A {
        id Int @id @default(autoincrement())
        t Boolean @default(true)
        f Boolean @default(false)
        bits Boolean[] @default([true, false])
        json Json @default("{\\"a\\": [1, null]}")
        list Json[] @default(["{}", "[1]"])
        bytes Bytes @default("aGVsbG8=")
        at DateTime @default(now())
        fixed DateTime @default("2020-02-29T12:30:00.123Z")
        zoned DateTime @default("2020-02-29T12:30:00+02:00")
        changed DateTime @default(now()) @updatedAt
        u4 String @default(uuid())
        u4b String @default(uuid(4))
        u7 String @default(uuid(7))
        c1 String @default(cuid())
        c1b String @default(cuid(1))
        c2 String @default(cuid(2))
        n String @default(nanoid())
        n8 String @default(nanoid(8))
        ul String @default(ulid())
        db String @default(dbgenerated("gen_random_uuid()::text || 'a, b'"))
        empty String @default(dbgenerated())
      }`,
  },
  {
    title: 'names of defaults and sort orders of keys on SQL Server',
    provider: 'sqlserver',
    text: `
      model A {
        a Int
        b Int
        mapped String @default("x", map: "df_mapped")
        made DateTime @default(now(), map: "df_made")
        @@id([a(sort: Desc), b], map: "pk_a")
      }
      model B {
        id Int @id(clustered: false, sort: Desc)
      }`,
  },
  {
    title: 'enums with mapped names, in lists and as defaults',
    text: `
      enum Level {
        low    @map("LOW") // c
        high
        /// documented
        very_high @map("very high")
        @@map("levels")
      }
      model A {
        id Int @id
        one Level @default(low)
        many Level[] @default([low, very_high])
        none Level?
        @@index([one])
      }`,
  },
  {
    title: 'keys and uniques of every form',
    text: `
      model A {
        a Int
        b Int @unique(map: "b_u", sort: Desc)
        c String @db.VarChar(200)
        d Int?
        e Int
        @@id([a, e], name: "both", map: "pk_both")
        @@unique([c, d], name: "cd")
        @@unique(fields: [d, e], map: "de_in_database")
        @@unique([e])
        @@index([c(ops: raw("text_pattern_ops"))], type: BTree)
      }
      model B {
        x Int
        @@id([x])
      }
      model C {
        x Int? @unique
        y Int @unique
      }
      model D {
        x Int
        y Int
        @@id(fields: [y, x])
      }`,
  },
  {
    title: 'index lengths of MySQL',
    provider: 'mysql',
    text: `
      model A {
        a String @db.Text
        b String @unique(length: 30, sort: Desc) @db.Text
        @@id([a(length: 100)])
        @@unique([a(length: 10), b(length: 5)], name: "pair")
        @@fulltext([b])
      }`,
  },
  {
    title: 'native types with and without arguments',
    text: `
      model A {
        id String @id @db.Uuid
        a String @db.VarChar(191)
        b Decimal @db.Decimal(10, 2)
        c DateTime @db.Timestamptz(6)
        d Json @db.Json
        e DateTime @db.Date
        f String[] @db.Text
        g Bytes @db.ByteA
        h String @db.Char
      }`,
  },
  {
    title: 'relations named, unnamed, to itself, many to many, and with actions',
    text: `
      model Person {
        id Int @id
        boss Person? @relation("chain", fields: [bossId], references: [id], onDelete: SetNull, onUpdate: NoAction, map: "fk")
        bossId Int?
        staff Person[] @relation("chain")
        spouse Person? @relation(name: "marriage", fields: [spouseId], references: [id], onDelete: NoAction)
        spouseId Int? @unique
        married Person? @relation(name: "marriage")
        friends Person[] @relation("friends")
        friendOf Person[] @relation("friends")
        written Letter[] @relation("from")
        got Letter[] @relation("to")
        zebras Zebra[]
        card Card?
      }
      model Letter {
        id Int @id
        from Person @relation("from", fields: [fromId], references: [id], onDelete: Cascade)
        fromId Int
        to Person? @relation("to", fields: [toId], references: [id], onDelete: SetDefault)
        toId Int? @default(1)
      }
      model Zebra {
        id Int @id
        people Person[]
        aunts Aunt[]
      }
      model Aunt {
        id Int @id
        zebras Zebra[]
      }
      model Card {
        row Int
        col Int
        owner Person @relation(fields: [ownerId], references: [id])
        ownerId Int @unique
        marks Mark[]
        @@id([row, col])
      }
      model Mark {
        id Int @id
        row Int
        col Int
        card Card @relation(fields: [row, col], references: [row, col])
      }`,
  },
  {
    title: 'what the client does not know: @ignore, @@ignore and Unsupported',
    text: `
      model A {
        id Int @id
        shape Unsupported("polygon")?
        area Unsupported("circle") @default(dbgenerated("'<(10,4),11>'::circle"))
        hidden String @ignore
        gone Gone[] @ignore
        seen String
      }
      model Gone {
        id Int
        a A? @relation(fields: [aId], references: [id])
        aId Int?
        @@ignore
      }`,
  },
  {
    title: 'views',
    text: `
      view Summary {
        id Int @unique
        total Int?
        @@map("summary_view")
      }
      model A {
        id Int @id
      }`,
  },
  {
    title: 'names that are keywords, that have digits, hyphens or are next to one another',
    text: `
      model model {
        id Int @id
        type String
        enum view?
        view Int
        model2_x Int @map("0 odd-name")
        fields String @default("model A {")
      }
      enum view {
        enum
        model @map("a-b")
        type_1
      }`,
  },
]

for (const { title, provider, text } of syntax) {
  test(`a schema with ${title} has the metadata that Prisma's parser gives`, (t) => {
    const schema = `${head(provider)}${text}`
    t.deepEqual(compared(datamodelOf(schema)), compared(byPrisma(schema)))
    t.deepEqual(datamodelOf(schema.replaceAll('\n', '\r\n')), datamodelOf(schema), 'with the line ends of Windows')
  })
}

test('the models of several schemas are named in each', (t) => {
  const text = `${head('postgresql', '  schemas = ["one", "two words"]\n')}
    model A {
      id Int @id
      level Level
      @@schema("one")
    }
    model B {
      id Int @id
      @@map("a")
      @@schema("two words")
    }
    enum Level {
      low
      @@schema("one")
    }`
  t.deepEqual(compared(datamodelOf(text)), compared(byPrisma(text)))
  t.deepEqual(
    datamodelOf(text).models.map(({ schema }) => schema),
    ['one', 'two words'],
  )
})

test('a generated schema has the metadata that the parser of Prisma gives', (t) => {
  fc.assert(
    fc.property(schemas, (text) => {
      t.deepEqual(compared(datamodelOf(text)), compared(byPrisma(text)), text)
    }),
    { numRuns: process.env.SOAK ? 3000 : 150 },
  )
})

test('defaults keep digits that the parser of Prisma loses', (t) => {
  const text = `${head()}model A {
    id Int @id
    d Decimal @default(12345678901234567.123)
    f Float @default(-795.43)
  }`
  const defaults = ({ models }: DmmfDatamodel) => models[0]?.fields.slice(1).map((field) => field.default)
  t.deepEqual(defaults(datamodelOf(text)), ['12345678901234567.123', -795.43])
  t.notDeepEqual(defaults(byPrisma(text)), defaults(datamodelOf(text)))
})

const refused: readonly (readonly [text: string, message: RegExp])[] = [
  ['model A {\n id Int @id\n', /ends in the middle/],
  ['model A {\n id Int @default(1', /ends in the middle/],
  ['model {\n id Int @id\n}', /Expected a name, found '\{' after: model/],
  ['model A {\n id Int ! @id\n}', /Expected a name, found '!' after: model A \{ id Int/],
  ['datasource db {', /ends in the middle/],
  ['model A', /ends in the middle/],
]

for (const [text, message] of refused) {
  test(`the parser refuses ${JSON.stringify(text)}`, (t) => {
    t.throws(() => datamodelOf(text), { instanceOf: SyntaxError, message })
  })
}

function head(provider = 'postgresql', more = ''): string {
  return `generator client {
  provider        = "prisma-client"
  output          = "./generated { }"
  previewFeatures = ["views", "fullTextIndex"]
}

datasource db {
  provider = "${provider}"
${more}}
`
}

function byPrisma(datamodel: string): DmmfDatamodel {
  const document = getDMMF({ datamodel })
  if ('datamodel' in document) return document.datamodel as unknown as DmmfDatamodel
  throw new Error(`${plainText(document.error)}\n${datamodel}`)
}

function plainText(error: Error): string {
  return stripVTControlCharacters(String(error.message).replaceAll('\\n', '\n'))
}

/** What the session reads of a datamodel, in one form: Prisma's has times in its own form, and numbers whose last digit is wrong. */
function compared({ models, enums = [] }: DmmfDatamodel) {
  return {
    models: models.map((model) => ({
      name: model.name,
      dbName: model.dbName ?? null,
      schema: model.schema ?? null,
      primaryKey: (model.primaryKey?.fields.length ?? 0) > 1 ? { ...model.primaryKey } : null,
      uniques: (model.uniqueIndexes ?? []).map(({ name, fields }) => ({ name: name ?? null, fields })),
      fields: model.fields.map((field) => ({
        name: field.name,
        dbName: field.dbName ?? null,
        kind: field.kind,
        type: field.type,
        isList: field.isList,
        isRequired: field.isRequired,
        isId: field.isId,
        isUnique: field.isUnique,
        isUpdatedAt: field.isUpdatedAt,
        hasDefaultValue: field.hasDefaultValue,
        default: comparedDefault(field.type, field.default),
        nativeType: field.nativeType,
        relationName: field.relationName,
        relationFromFields: field.relationFromFields,
        relationToFields: field.relationToFields,
        relationOnDelete: field.relationOnDelete,
        relationOnUpdate: field.relationOnUpdate,
      })),
    })),
    enums: enums.map(({ name, values }) => ({
      name,
      values: values.map((value) => ({ name: value.name, dbName: value.dbName ?? null })),
    })),
  }
}

function comparedDefault(type: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => comparedDefault(type, each))
  if (['Decimal', 'Float'].includes(type) && ['string', 'number'].includes(typeof value))
    return Number(value).toPrecision(12)
  if (type === 'DateTime' && typeof value === 'string') return new Date(value).getTime()
  return value
}
