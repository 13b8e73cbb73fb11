// What the command says of an error that was thrown.
import test from 'ava'
import { reasonOf, textOf } from '../../src/migrate/error-text.js'

test('the text of an error includes its causes, but not what it says already', (t) => {
  const inner = new Error('connect ECONNREFUSED 127.0.0.1:1')
  const fetching = new TypeError('fetch failed', { cause: inner })
  const cases: [error: unknown, text: string][] = [
    [inner, 'connect ECONNREFUSED 127.0.0.1:1'],
    [fetching, 'fetch failed: connect ECONNREFUSED 127.0.0.1:1'],
    [new Error(`it throws: ${fetching}`, { cause: fetching }), `it throws: ${fetching}: ${inner.message}`],
    [new Error('two\n  lines', { cause: new Error('two lines') }), 'two\n  lines'],
    [new Error('top', { cause: 'a text' }), 'top: a text'],
    [new Error('top', { cause: { not: 'shown' } }), 'top'],
    [new AggregateError([new Error('one'), fetching], 'no luck'), `no luck: one; fetch failed: ${inner.message}`],
    [Object.assign(new AggregateError([inner]), { code: 'ECONNREFUSED' }), `ECONNREFUSED: ${inner.message}`],
    ['thrown text', 'thrown text'],
    [undefined, 'undefined'],
    [Object.assign(Object.create(null), { code: 7 }), '[Object: null prototype] { code: 7 }'],
  ]
  for (const [error, text] of cases) t.is(textOf(error), text)
})

test('an error that is its own cause has a text', (t) => {
  const error: Error & { cause?: unknown } = new Error('round')
  error.cause = new Error('and round', { cause: error })
  t.is(textOf(error), 'round: and round')
})

test('the reason of an error of Prisma is its last paragraph, with what the driver gives as its cause', (t) => {
  const cause = {
    originalMessage: 'pool timeout\n    (idle)',
    cause: "Access denied for user 'a'@'b'\n    (pool connections: active=0)",
  }
  const driverAdapterError = Object.assign(new Error(cause.originalMessage), { cause })
  const message =
    '\nInvalid `prisma.$queryRaw()` invocation:\n\n\nRaw query failed. Message: `pool timeout\n    (idle)`'
  const error = Object.assign(new Error(message), { code: 'P2010', meta: { driverAdapterError } })
  t.is(
    reasonOf(error),
    "Raw query failed. Message: `pool timeout (idle)`: Access denied for user 'a'@'b' (pool connections: active=0)",
  )
})

test('the text of an error of a driver adapter says what the database said', (t) => {
  const cause = { kind: 'SocketTimeout', originalMessage: 'SQLITE_BUSY: database is locked' }
  t.is(textOf(Object.assign(new Error('SocketTimeout'), { cause })), 'SocketTimeout: SQLITE_BUSY: database is locked')
})
