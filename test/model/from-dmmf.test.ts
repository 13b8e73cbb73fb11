import { Decimal } from '@prisma/client/runtime/client'
import test from 'ava'
import { ModelMetadataError } from '../../src/errors.js'
import { type DmmfDatamodel, modelsFromDmmf } from '../../src/model/from-dmmf.js'
import { owningSide, type Relation } from '../../src/model/model.js'
import { sameValue } from '../../src/model/values.js'
import { modelNamed, modelsOf, relationNamed, scalarNamed, testModels } from './schemas.js'

interface KeyRow {
  readonly title: string
  readonly lines: string
  readonly key: readonly string[]
  readonly keyName: string | null
  readonly uniques?: Readonly<Record<string, readonly string[]>>
}

const keys: readonly KeyRow[] = [
  { title: '@id', lines: 'id Int @id', key: ['id'], keyName: null },
  { title: '@@id of two fields', lines: 'a Int\nb Int\n@@id([b, a])', key: ['b', 'a'], keyName: 'b_a' },
  { title: '@@id with a name', lines: 'a Int\nb Int\n@@id([a, b], name: "both")', key: ['a', 'b'], keyName: 'both' },
  {
    title: '@@id with a name in the database only',
    lines: 'a Int\nb Int\n@@id([a, b], map: "pk")',
    key: ['a', 'b'],
    keyName: 'a_b',
  },
  { title: '@@id of one field', lines: 'a Int\n@@id([a])', key: ['a'], keyName: null },
  {
    title: '@id rather than a unique field',
    lines: 'u Int @unique\nid Int @id',
    key: ['id'],
    keyName: null,
    uniques: { u: ['u'] },
  },
  {
    title: '@@id rather than a unique field',
    lines: 'u Int @unique\na Int\nb Int\n@@id([a, b])',
    key: ['a', 'b'],
    keyName: 'a_b',
    uniques: { u: ['u'] },
  },
  {
    title: 'a unique field when there is no id',
    lines: 'u Int @unique',
    key: ['u'],
    keyName: null,
    uniques: { u: ['u'] },
  },
  {
    title: 'the first unique field that is not nullable',
    lines: 'n Int? @unique\nu Int @unique\nv Int @unique',
    key: ['u'],
    keyName: null,
    uniques: { n: ['n'], u: ['u'], v: ['v'] },
  },
  {
    title: 'the first composite unique that is not nullable',
    lines: 'n Int?\na Int\nb Int\n@@unique([n, a])\n@@unique([b, a], name: "both")',
    key: ['b', 'a'],
    keyName: 'both',
    uniques: { n_a: ['n', 'a'], both: ['b', 'a'] },
  },
  {
    title: '@id beside a @@unique of one field',
    lines: 'id Int @id\nu Int\n@@unique([u])',
    key: ['id'],
    keyName: null,
    uniques: { u: ['u'] },
  },
]

for (const { title, lines, key, keyName, uniques = {} } of keys) {
  test(`the key of a model is its ${title}`, (t) => {
    const model = modelNamed(modelsOf(`model M {\n${lines}\n}`), 'M')
    t.deepEqual(model.key, key)
    t.is(model.keyName, keyName)
    t.deepEqual(
      model.scalars
        .filter(({ isKey }) => isKey)
        .map(({ name }) => name)
        .sort(),
      [...key].sort(),
    )
    t.deepEqual(Object.fromEntries(model.uniques.map((unique) => [unique.name, unique.fields])), uniques)
  })
}

test('a view in which nothing is unique has no key, and is in the relations of no model', (t) => {
  const models = modelsOf(`
    generator client {
      provider        = "prisma-client"
      previewFeatures = ["views"]
    }
    model User {
      id     Int     @id
      totals Total[]
    }
    view Total {
      userId Int
      user   User @relation(fields: [userId], references: [id])
      posts  Int?  @unique
    }`)
  const [user, total] = [modelNamed(models, 'User'), modelNamed(models, 'Total')]
  t.deepEqual(total.key, [])
  t.deepEqual([user.relations, user.referrers, total.relations], [[], [], []])
  t.is((user.fields.get('totals') as Relation).inverse.name, 'user')
})

test('an invalid datamodel throws an error that says what to pass', (t) => {
  for (const bad of [undefined, null, {}, { models: {} }, { datamodel: { models: [] } }]) {
    t.throws(() => modelsFromDmmf(bad as DmmfDatamodel, 'sqlite'), {
      instanceOf: ModelMetadataError,
      message: /options\.models/,
    })
  }
})

const defaults = modelNamed(
  modelsOf(`
    enum Mood {
      HAPPY @map("happy mood")
      SAD
    }
    model M {
      id      Int      @id @default(autoincrement())
      none    String
      text    String   @default("plain")
      empty   String   @default("")
      flag    Boolean  @default(false)
      int     Int      @default(0)
      float   Float    @default(1.5)
      mood    Mood     @default(HAPPY)
      big     BigInt   @default(9007199254740993)
      decimal Decimal  @default(1.25)
      at      DateTime @default("2020-01-01T00:00:00Z")
      json    Json     @default("{\\"a\\":[1]}")
      list    Int[]    @default([1, 2])
      jsons   Json[]   @default(["{\\"a\\":[1]}", "null"])
      moods   Mood[]   @default([SAD])
      nothing Int[]
      cuid    String   @default(cuid())
      uuid    String   @default(uuid(7))
      nano    String   @default(nanoid(10))
      ulid    String   @default(ulid())
      now     DateTime @default(now())
      made    String   @default(dbgenerated("gen_random_uuid()"))
      stamped DateTime @updatedAt
      both    DateTime @default(now()) @updatedAt
      short   String   @db.VarChar(10)
      maybe   Int?
      shape   Unsupported("circle")?
    }`),
  'M',
)

test('generated defaults name their generator', (t) => {
  const makers: Readonly<Record<string, readonly [by: string, ...args: unknown[]]>> = {
    ...{ id: ['autoincrement'], cuid: ['cuid', 1], uuid: ['uuid', 7], nano: ['nanoid', 10], ulid: ['ulid'] },
    ...{ now: ['now'], made: ['dbgenerated', 'gen_random_uuid()'], stamped: ['updatedAt'], both: ['updatedAt'] },
  }
  for (const [name, [by, ...args]] of Object.entries(makers))
    t.deepEqual(scalarNamed(defaults, name).default, { kind: 'generated', by, args } as never, name)
  t.deepEqual(
    defaults.updatedAt.map(({ name }) => name),
    ['stamped', 'both'],
  )
})

const literals: Readonly<Record<string, unknown>> = {
  text: 'plain',
  empty: '',
  flag: false,
  int: 0,
  float: 1.5,
  mood: 'HAPPY',
  big: 9007199254740993n,
  decimal: new Decimal('1.25'),
  at: new Date('2020-01-01'),
  json: { a: [1] },
  list: [1, 2],
  jsons: [{ a: [1] }, null],
  moods: ['SAD'],
}

for (const [name, value] of Object.entries(literals)) {
  test(`a literal default is read as a value of its field: ${scalarNamed(defaults, name).type} ${name}`, (t) => {
    const field = scalarNamed(defaults, name)
    t.is(field.default.kind, 'literal')
    t.true(field.default.kind === 'literal' && sameValue(field, field.default.value, value))
  })
}

test('types, lists, nullability and native types of fields are read', (t) => {
  t.is(scalarNamed(defaults, 'mood').type, 'Enum')
  t.is(scalarNamed(defaults, 'big').type, 'BigInt')
  t.deepEqual(scalarNamed(defaults, 'none').default, { kind: 'none' })
  t.deepEqual(scalarNamed(defaults, 'nothing').default, { kind: 'none' })
  t.true(scalarNamed(defaults, 'moods').isList)
  t.false(scalarNamed(defaults, 'mood').isList)
  t.true(scalarNamed(defaults, 'text').isRequired)
  t.false(scalarNamed(defaults, 'maybe').isRequired)
  t.is(scalarNamed(defaults, 'short').nativeType, 'VarChar')
  t.is(scalarNamed(defaults, 'text').nativeType, null)
  t.deepEqual(
    defaults.scalars.map(({ name }) => name),
    [...defaults.fields.keys()],
  )
})

const social = modelsOf(`
  model Person {
    id        Int      @id
    bossId    Int?
    boss      Person?  @relation("boss", fields: [bossId], references: [id])
    staff     Person[] @relation("boss")
    spouseId  Int?     @unique
    spouse    Person?  @relation("marriage", fields: [spouseId], references: [id], onDelete: NoAction)
    married   Person?  @relation("marriage")
    friends   Person[] @relation("friends")
    friendOf  Person[] @relation("friends")
    written   Letter[] @relation("writes")
    received  Letter[] @relation("receives")
    signed    Letter[] @relation("signs")
    readLater Letter[] @relation("reads")
    card      Card?
  }
  model Letter {
    id       Int      @id
    fromId   Int
    from     Person   @relation("writes", fields: [fromId], references: [id])
    toId     Int?
    to       Person?  @relation("receives", fields: [toId], references: [id])
    signers  Person[] @relation("signs")
    readers  Person[] @relation("reads")
    box      Box?     @relation(fields: [boxRow, boxColumn], references: [row, column], onDelete: SetDefault, onUpdate: NoAction)
    boxRow   Int?
    boxColumn Int?
  }
  model Box {
    row     Int
    column  Int
    letters Letter[]
    @@id([row, column])
  }
  model Card {
    number  Int    @id
    ownerId Int    @unique
    owner   Person @relation(fields: [ownerId], references: [id], onDelete: Cascade)
  }`)

test('every relation and its inverse refer to each other', (t) => {
  for (const models of [social, testModels]) {
    for (const model of models.all()) {
      for (const relation of model.relations) {
        t.is(relation.inverse.inverse, relation)
        t.not(relation.inverse, relation)
        t.is(relation.model, model)
        t.is(relation.inverse.model, relation.target)
        t.is(relation.inverse.target, model)
        t.is(models.get(relation.target.name), relation.target)
        t.is(relation.isManyToMany, relation.inverse.isManyToMany)
        t.is(model.fields.get(relation.name), relation)
      }
    }
  }
})

const inverses: readonly (readonly [string, string, string, string])[] = [
  ['Person', 'boss', 'Person', 'staff'],
  ['Person', 'spouse', 'Person', 'married'],
  ['Person', 'friends', 'Person', 'friendOf'],
  ['Letter', 'from', 'Person', 'written'],
  ['Letter', 'to', 'Person', 'received'],
  ['Letter', 'signers', 'Person', 'signed'],
  ['Letter', 'readers', 'Person', 'readLater'],
  ['Letter', 'box', 'Box', 'letters'],
  ['Card', 'owner', 'Person', 'card'],
]

for (const [model, name, target, inverse] of inverses) {
  test(`${model}.${name} is the inverse of ${target}.${inverse}`, (t) => {
    const relation = relationNamed(modelNamed(social, model), name)
    t.is(relation.target.name, target)
    t.is(relation.inverse.name, inverse)
  })
}

test('only relations with lists on both sides are many-to-many, and they have no key', (t) => {
  const all = [...social.all()].flatMap(({ relations }) => relations)
  const found = all.filter(({ isManyToMany }) => isManyToMany)
  t.deepEqual(
    found.map(({ model, name }) => `${model.name}.${name}`),
    ['Person.friends', 'Person.friendOf', 'Person.signed', 'Person.readLater', 'Letter.signers', 'Letter.readers'],
  )
  for (const { fields, references } of found) t.deepEqual([...fields, ...references], [])
})

test('the side with the foreign key owns the relation', (t) => {
  const boss = relationNamed(modelNamed(social, 'Person'), 'boss')
  t.is(owningSide(boss), boss)
  t.is(owningSide(boss.inverse), boss)
  const box = relationNamed(modelNamed(social, 'Letter'), 'box')
  t.deepEqual(box.fields, ['boxRow', 'boxColumn'])
  t.deepEqual(box.references, ['row', 'column'])
  t.deepEqual(box.inverse.fields, [])
})

test('referrers are the relations that refer to a model by a foreign key', (t) => {
  const referrers = (name: string) =>
    modelNamed(social, name).referrers.map((relation) => `${relation.model.name}.${relation.name}`)
  t.deepEqual(referrers('Person'), ['Person.boss', 'Person.spouse', 'Letter.from', 'Letter.to', 'Card.owner'])
  t.deepEqual(referrers('Box'), ['Letter.box'])
  t.deepEqual(referrers('Letter'), [])
})

const actions: readonly (readonly [string, string, string])[] = [
  ['Person', 'boss', 'SetNull'],
  ['Person', 'spouse', 'NoAction'],
  ['Letter', 'from', 'Restrict'],
  ['Letter', 'to', 'SetNull'],
  ['Letter', 'box', 'SetDefault'],
  ['Card', 'owner', 'Cascade'],
]

for (const [model, name, onDelete] of actions) {
  test(`onDelete of ${model}.${name} is ${onDelete}`, (t) => {
    t.is(relationNamed(modelNamed(social, model), name).onDelete as string, onDelete)
  })
}

test('an optional relation with a required key field restricts, because it cannot be set to null', (t) => {
  const models = modelsOf(`
    model Box {
      row    Int
      column Int
      things Thing[]
      @@id([row, column])
    }
    model Thing {
      id     Int  @id
      row    Int
      column Int?
      box    Box? @relation(fields: [row, column], references: [row, column])
    }`)
  const box = relationNamed(modelNamed(models, 'Thing'), 'box')
  t.false(box.isRequired)
  t.is(box.onDelete, 'Restrict')
})

test('onUpdate is Cascade unless the schema says otherwise', (t) => {
  t.is(relationNamed(modelNamed(social, 'Letter'), 'from').onUpdate, 'Cascade')
  t.is(relationNamed(modelNamed(social, 'Letter'), 'box').onUpdate, 'NoAction')
})

test('delegates have the names that Prisma gives them', (t) => {
  const models = modelsOf(['userProfile', 'URL', 'Odd_'].map((name) => `model ${name} {\n id Int @id\n}`).join('\n'))
  t.deepEqual(
    [...models.all()].map(({ delegate }) => delegate),
    ['userProfile', 'uRL', 'odd_'],
  )
})

test('a relation without its other side throws an error that names it', (t) => {
  const relation = { name: 'b', kind: 'object', type: 'B', isList: true, isRequired: true, relationName: 'x' }
  const id = { name: 'id', kind: 'scalar', type: 'Int', isList: false, isRequired: true, isId: true }
  const datamodel: DmmfDatamodel = {
    models: [
      { name: 'A', fields: [id, relation] },
      { name: 'B', fields: [id] },
    ],
  }
  t.throws(() => modelsFromDmmf(datamodel, 'sqlite'), { instanceOf: ModelMetadataError, message: /A\.b/ })
})

test('the metadata has its provider and only its own models', (t) => {
  t.is(testModels.provider, 'sqlite')
  t.is(social.get('Nobody'), undefined)
  t.is([...social.all()].length, 4)
})
