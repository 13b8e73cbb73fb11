// Total orders of a stream: fields that it refuses, and keys that it appends.
import test from 'ava'
import { providerNamed } from '../../../src/driver/providers.js'
import { ArgumentError } from '../../../src/errors.js'
import { totalOrder } from '../../../src/session/statements/keyset.js'
import { modelNamed, modelsOf } from '../../model/schemas.js'

interface OrderRow {
  readonly field: string
  readonly refused: RegExp | null
  readonly provider?: string
}

/** A field, and whether rows can be told apart by it. */
const rows: readonly OrderRow[] = [
  { field: 'DateTime', refused: null },
  { field: 'DateTime @db.Timestamptz(3)', refused: null },
  { field: 'DateTime @db.Date', refused: null },
  { field: 'DateTime @db.Timestamptz', refused: /finer.*@db\.Timestamptz\(3\)/ },
  { field: 'DateTime @db.Timestamp(6)', refused: /finer/ },
  { field: 'DateTime @db.Time', refused: /finer/ },
  { field: 'DateTime @db.DateTime(6)', refused: /finer/, provider: 'mysql' },
  { field: 'DateTime @db.DateTime', refused: null, provider: 'mysql' },
  { field: 'Float', refused: null },
  { field: 'Float @db.Real', refused: /single precision/ },
  { field: 'Float @db.Float', refused: /single precision/, provider: 'mysql' },
  { field: 'Json', refused: /no order/ },
  { field: 'Bytes', refused: /no order/ },
  { field: 'Int[]', refused: /no order/ },
  { field: 'Unsupported("point")', refused: /cannot be paged/ },
]

for (const { field, refused, provider = 'postgresql' } of rows) {
  test(`orderBy of ${field} is ${refused ? 'refused' : 'allowed'} on ${provider}`, (t) => {
    const model = modelOf(`id Int @id\n  at ${field}`, provider)
    const order = () => totalOrder(providerNamed(provider, ''), model, { at: 'asc' })
    if (refused) t.throws(order, { instanceOf: ArgumentError, message: refused })
    else t.deepEqual(order().orderBy, [{ at: 'asc' }, { id: 'asc' }])
  })
}

for (const key of ['Bytes', 'DateTime @db.Timestamptz']) {
  test(`a key of ${key} is refused because it is part of every order`, (t) => {
    const model = modelOf(`id ${key} @id\n  at Int`)
    t.throws(() => totalOrder(providerNamed('postgresql', ''), model, { at: 'asc' }), { instanceOf: ArgumentError })
  })
}

test('no key is appended to a unique that is never null', (t) => {
  const fields = ['id Int @id', 'name String @unique', 'email String? @unique', 'a Int', 'b Int', '@@unique([a, b])']
  const model = modelOf(fields.join('\n  '))
  const order = (orderBy: unknown) => totalOrder(providerNamed('sqlite', ''), model, orderBy).orderBy
  t.deepEqual(order({ name: 'asc' }), [{ name: 'asc' }])
  t.deepEqual(order([{ b: 'asc' }, { a: 'desc' }]), [{ b: 'asc' }, { a: 'desc' }])
  t.deepEqual(order({ a: 'desc' }), [{ a: 'desc' }, { id: 'desc' }])
  t.deepEqual(order({ email: 'asc' }), [{ email: 'asc' }, { id: 'asc' }])
})

test('missing key fields are appended in the direction of the last term', (t) => {
  const model = modelNamed(modelsOf('model Thing {\n  x Int\n  y Int\n  z Int\n  @@id([x, y])\n}'), 'Thing')
  const order = (orderBy: unknown) => totalOrder(providerNamed('sqlite', ''), model, orderBy).orderBy
  t.deepEqual(order(undefined), [{ x: 'asc' }, { y: 'asc' }])
  t.deepEqual(order([{ z: 'asc' }, { y: 'desc' }]), [{ z: 'asc' }, { y: 'desc' }, { x: 'desc' }])
  t.deepEqual(order({ x: 'desc', y: 'asc' }), [{ x: 'desc', y: 'asc' }])
})

function modelOf(fields: string, provider = 'postgresql') {
  return modelNamed(modelsOf(`model Thing {\n  ${fields}\n}`, provider), 'Thing')
}
