import test from 'ava'
import { providerNamed } from '../../src/driver/providers.js'
import { SessionError } from '../../src/errors.js'
import { endsTransaction, isConflict } from '../../src/session/transaction/conflict.js'

const mysql = providerNamed('mysql', '')

const withDriverError = (cause: object) => ({ code: 'P2010', meta: { driverAdapterError: { cause } } })

for (const [name, error] of Object.entries({
  P2034: { code: 'P2034' },
  'P1008 of a locked SQLite file': { code: 'P1008' },
  'a raw query that PostgreSQL could not serialize': withDriverError({ kind: 'TransactionWriteConflict' }),
  'a deadlock of MySQL in a raw query': withDriverError({ kind: 'mysql', code: 1213 }),
  'a deadlock of PostgreSQL in a raw query': withDriverError({ kind: 'postgres', originalCode: '40P01' }),
  'a driver error at COMMIT': Object.assign(new Error('x'), { cause: { kind: 'TransactionWriteConflict' } }),
  'a session error caused by a conflict': new SessionError('x', { cause: { code: 'P2034' } }),
})) {
  test(`${name} is a conflict`, (t) => t.true(isConflict(error)))
}

for (const [name, error] of Object.entries({
  'a unique violation': { code: 'P2002' },
  'an invalid raw query': withDriverError({ kind: 'postgres', originalCode: '42601' }),
  'an application error': new Error('P2034'),
  undefined: undefined,
  'a thrown string': 'P2034',
  'an error whose driver error is none': { code: 'P2010', meta: { driverAdapterError: 'P2034' } },
})) {
  test(`${name} is not a conflict`, (t) => t.false(isConflict(error)))
}

test('a thrown string does not end a transaction', (t) => t.false(endsTransaction(mysql, 'P2028')))

test('an error that is its own cause is checked once', (t) => {
  const error: { cause?: unknown } = {}
  error.cause = error
  t.false(isConflict(error))
})
