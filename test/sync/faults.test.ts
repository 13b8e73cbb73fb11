// A failure in the worker of a synchronous client is thrown as a BridgeError, in bounded time, and never hangs. Failures of
// threads and values run on one database; those that have to free a lock of the database, on all.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause, setImmediate } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import type { Worker } from 'node:worker_threads'
import test, { type ExecutionContext } from 'ava'
import { build } from 'esbuild'
import { BridgeError, createSession, inspect, PendingRollbackError, type SyncSession } from '../../src/index.js'
import { createSyncClient, type SyncClientOptions, type SyncPrismaClient } from '../../src/sync.js'
import { type Database, databases } from '../helpers/databases.js'
import { linkDependencies } from '../helpers/dependencies.js'
import { openTransactions } from '../helpers/open-transactions.js'
import { Project, root, run, shortLived } from '../helpers/project.js'
import { testOn, testOnce } from '../helpers/test-on.js'
import type { prisma } from './fixtures/faulty.js'

type Client = SyncPrismaClient<typeof prisma>
type Session = SyncSession<typeof prisma>

/** Milliseconds: far more than anything here takes, far less than a hang. */
const bound = 15_000

/** Milliseconds for a whole process, which loads everything first. */
const processBound = 60_000

function within<T>(t: ExecutionContext, work: () => T, limit = bound): T {
  const start = performance.now()
  try {
    return work()
  } finally {
    const took = performance.now() - start
    t.true(took < limit, `took ${took} ms`)
  }
}

const searchOf = ({ adapter, url }: Database) => `?adapter=${adapter}&url=${encodeURIComponent(url)}`

/** A client that fails on demand, with a session whose transaction has written a row. */
async function begun(t: ExecutionContext, row: (typeof databases)[number], options?: SyncClientOptions) {
  const database = await row.create('test')
  const client: Client = createSyncClient(
    new URL(`./fixtures/faulty.js${searchOf(database)}`, import.meta.url),
    options,
  )
  t.teardown(() => {
    client.close()
    return database.drop()
  })
  const session: Session = createSession(client)
  const user = session.add('User', { name: 'lost' })
  session.flush()
  return { database, client, session, user }
}

/** Asserts that the client is unusable, and that a session over it that was in a transaction is rolled back. */
function isOver(t: ExecutionContext, { client, session, user }: Awaited<ReturnType<typeof begun>>, why: RegExp): void {
  const failsClearly = (call: () => unknown) => {
    const error = within(t, () => t.throws(call, { instanceOf: BridgeError, code: 'BRIDGE', message: why }), 2000)
    t.regex(error?.message ?? '', /rolled back: make a new one with createSyncClient\(\)$/)
  }
  failsClearly(() => client.user.count())
  failsClearly(() => client.$transaction(() => 1))
  failsClearly(() => session.user.count())
  failsClearly(() => session.get('User', 999))
  failsClearly(() => session.commit())
  t.notThrows(() => session.rollback())
  t.false(session.inTransaction())
  t.is(inspect(user).state, 'transient')
  failsClearly(() => session.user.count())
  t.notThrows(() => session.rollback())
  failsClearly(() => session.connection())
  t.notThrows(() => session.close())
  t.notThrows(() => session.close())
  t.notThrows(() => client.close())
  t.notThrows(() => client.close())
}

/** Asserts that the transaction was rolled back and its locks are free: another client writes without waiting. */
async function isFree(t: ExecutionContext, database: Database): Promise<void> {
  const other = database.connect()
  await other.user.count() // it connects
  const start = performance.now()
  await other.user.create({ data: { name: 'other' } })
  t.true(performance.now() - start < 4000) // better-sqlite3 waits 5 seconds for a lock
  t.deepEqual(
    (await other.user.findMany()).map(({ name }) => name),
    ['other'],
  )
  // A server notices soon after that a connection is gone.
  const end = performance.now() + bound
  while ((await openTransactions(other, database.adapter)) > 0 && performance.now() < end) await pause(5)
  t.is(await openTransactions(other, database.adapter), 0)
  await database.release(other)
}

// ── the worker ends ──────────────────────────────────────────────────────────────────────────────────────────────────

type End = readonly [fault: string, title: string, why: RegExp]

const exits: End = ['exit', 'exits', /its worker has ended, it exited with code 7/]
const otherEnds: readonly End[] = [
  ['throw', 'throws from a timer', /its worker has ended, it failed: thrown by a timer/],
  ['reject', 'leaves a rejection unhandled', /its worker has ended, it failed: an unhandled rejection/],
  ['out of memory', 'runs out of memory', /its worker has ended, it ran out of memory/],
]

async function endsInMidCall(t: ExecutionContext, row: (typeof databases)[number], [fault, , why]: End): Promise<void> {
  if (fault === 'out of memory') limitMemory(t)
  const x = await begun(t, row)
  const call = () => x.session.user.findFirst({ where: { name: fault } })
  within(t, () => t.throws(call, { instanceOf: BridgeError, code: 'BRIDGE', message: why }))
  await isFree(t, x.database)
  isOver(t, x, why)
}

for (const row of databases) {
  testOn(row, `a call throws a BridgeError when its worker ${exits[1]}, and the database is free [${row.name}]`, (t) =>
    endsInMidCall(t, row, exits),
  )

  testOn(row, `a session needs a rollback when the worker exits in the middle of a flush [${row.name}]`, async (t) => {
    const x = await begun(t, row)
    const { session, user } = x
    const unlucky = session.add('User', { name: 'exit' })
    const why = /its worker has ended, it exited with code 7/
    const error = within(t, () => t.throws(() => session.flush(), { instanceOf: BridgeError, message: why }))
    const second = t.throws(() => session.user.count(), { instanceOf: PendingRollbackError })
    t.is(second?.cause, error)
    t.is(inspect(user).state, 'transient')
    t.is(inspect(unlucky).state, 'transient')
    t.notThrows(() => session.rollback())
    await isFree(t, x.database)
    session.add('User', { name: 'again' })
    t.throws(() => session.commit(), { instanceOf: BridgeError, message: why })
    t.notThrows(() => session.close())
  })
}

for (const end of otherEnds)
  testOnce(`a call throws a BridgeError when its worker ${end[1]}`, (t) => endsInMidCall(t, databases[0], end))

testOnce('a call throws a BridgeError when the worker has failed since the call before', async (t) => {
  await setImmediate() // events of workers of other tests may still be pending
  const started = once(process, 'worker')
  const x = await begun(t, databases[0])
  const [supervisor] = (await started) as [Worker]
  const ended = once(supervisor, 'exit') // it ends when its worker has
  t.is(x.session.user.findFirst({ where: { name: 'throw afterwards' } }), null)
  await ended
  const why = /its worker has ended, it failed: thrown by a timer/
  t.throws(() => x.session.user.count(), { instanceOf: BridgeError, message: why })
  await isFree(t, x.database)
  isOver(t, x, why)
})

/**
 * Limits the memory of workers that start from now on. Node lets a worker that has reached its limit use 16 MB more while it
 * is stopped: a collection of large young spaces, as the tests have them, can promote more at once, which aborts the process.
 */
function limitMemory(t: ExecutionContext): void {
  const ours = process.execArgv.find((flag) => flag.startsWith('--max-semi-space-size=')) ?? '--max-semi-space-size=0'
  for (const flag of ['--max-old-space-size=150', '--max-semi-space-size=1']) setFlagsFromString(flag)
  t.teardown(() => {
    for (const flag of ['--max-old-space-size=0', ours]) setFlagsFromString(flag)
  })
}

// ── callTimeout, close ───────────────────────────────────────────────────────────────────────────────────────────────

for (const row of databases) {
  for (const [fault, title] of [
    ['hang', 'never ends'],
    ['spin', 'blocks the event loop of the worker'],
  ] as const) {
    if (fault === 'spin' && row.name !== 'better-sqlite3') continue // the database makes no difference
    testOn(row, `callTimeout ends a call that ${title} [${row.name}]`, async (t) => {
      const x = await begun(t, row, { callTimeout: 2000 })
      const why = /a call took longer than callTimeout, 2000 ms/
      const start = performance.now()
      t.throws(() => x.session.user.findFirst({ where: { name: fault } }), { instanceOf: BridgeError, message: why })
      const took = performance.now() - start
      t.true(took >= 1990 && took < 2000 + bound, `took ${took} ms`)
      await isFree(t, x.database)
      isOver(t, x, why)
    })
  }

  testOn(row, `close() rolls back an open transaction [${row.name}]`, async (t) => {
    const x = await begun(t, row)
    within(t, () => x.client.close(), 5000)
    await isFree(t, x.database)
    isOver(t, x, /it was closed/)
  })

  testOn(row, `close() inside $transaction(fn) rolls it back [${row.name}]`, async (t) => {
    const { client, session, database } = await begun(t, row)
    session.close()
    const work = () =>
      client.$transaction((tx) => {
        tx.user.create({ data: { name: 'lost' } })
        client.close()
      })
    within(t, () => t.throws(work, { instanceOf: BridgeError, message: /it was closed/ }))
    await isFree(t, database)
  })
}

test.serial('close() and `using` end the worker', async (t) => {
  await setImmediate() // events of workers of other tests may still be pending
  const workers: Worker[] = []
  const seen = (worker: Worker) => workers.push(worker)
  process.on('worker', seen)
  t.teardown(() => process.off('worker', seen))
  const { client } = await begun(t, databases[0])
  const exits = () => Promise.all(workers.map((worker) => once(worker, 'exit')))
  await setImmediate()
  t.is(workers.length, 1)
  const first = exits()
  client.close()
  await first
  workers.length = 0
  const database = await databases[0].create('test')
  {
    using again: Client = createSyncClient(new URL(`./fixtures/faulty.js${searchOf(database)}`, import.meta.url))
    t.is(again.user.count(), 0)
    await setImmediate()
    t.is(workers.length, 1)
  }
  await exits()
  await database.drop()
})

test.serial('a call within callTimeout succeeds, and a new client replaces one whose call took longer', async (t) => {
  const x = await begun(t, databases[0], { callTimeout: 2000 })
  t.is(x.session.user.findFirst({ where: { name: 'slow' } }), null)
  t.throws(() => x.session.user.findFirst({ where: { name: 'hang' } }), { instanceOf: BridgeError })
  const again: Client = createSyncClient(new URL(`./fixtures/faulty.js${searchOf(x.database)}`, import.meta.url))
  t.is(again.user.count(), 0)
  again.user.create({ data: { name: 'other' } })
  t.is(again.user.count(), 1)
  again.close()
})

// ── values that cannot cross ─────────────────────────────────────────────────────────────────────────────────────────

const uncloneable: readonly (readonly [value: unknown, message: RegExp])[] = [
  [() => 1, /a function cannot cross to another thread \(at .*where\.name\): pass plain data/],
  [Symbol('s'), /a symbol cannot cross/],
  [Promise.resolve(1), /a promise cannot cross .*: await it first/],
  [new (class Secret {})(), /an object of the class Secret cannot cross/],
  [new WeakMap(), /WeakMap cannot cross/],
]

testOnce('an argument that cannot cross is refused, and the client stays usable', async (t) => {
  const { client, session, database } = await begun(t, databases[0])
  for (const [value, message] of uncloneable) {
    const where = { name: value as string }
    for (const call of [
      () => session.user.findFirst({ where }),
      () => client.user.findFirst({ where }),
      () => session.query('User').filter(where).all(),
    ])
      within(t, () => t.throws(call, { instanceOf: BridgeError, code: 'BRIDGE', message }))
  }
  // Nothing was sent: everything goes on.
  t.is(session.user.count(), 1)
  session.commit()
  t.is(client.user.count(), 1)
  client.user.deleteMany()
  await isFree(t, database)
})

testOnce('an answer that cannot cross is refused, and the session stays usable', async (t) => {
  const { client, session, database } = await begun(t, databases[0])
  for (const [fault, message] of [
    ['a function', /a function cannot cross to another thread.*: pass plain data/],
    ['a class', /an object of the class Secret cannot cross .*rows\[0\]/],
    ['a promise', /a promise cannot cross.*inside/],
    ['a symbol', /a symbol cannot cross/],
  ] as const) {
    const where = { name: fault }
    for (const call of [() => session.user.findFirst({ where }), () => client.user.findFirst({ where })])
      within(t, () => t.throws(call, { instanceOf: BridgeError, code: 'BRIDGE', message }))
  }
  t.is(session.user.count(), 1)
  session.rollback()
  session.close()
  await isFree(t, database)
  client.close()
})

// ── the module ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** The compiled library, for a module that stands elsewhere. */
const library = new URL('../../src/sync.js', import.meta.url).href

const loads: readonly (readonly [title: string, text: string, message: RegExp, options?: SyncClientOptions])[] = [
  ['throws', "throw new RangeError('at load')", /module\.mjs cannot be loaded, it throws: RangeError: at load/],
  ['throws undefined', 'throw undefined', /cannot be loaded, it throws: undefined/],
  ['rejects', "await Promise.reject(new RangeError('top level'))", /it throws: RangeError: top level/],
  ['is not JavaScript', 'export const =', /cannot be loaded, it throws: SyntaxError/],
  [
    'imports a package that is not installed',
    "import 'not-installed-at-all'",
    /it throws: .*Cannot find package 'not-installed-at-all'/,
  ],
  ['exits', 'process.exit(9)', /did not start, it exited with code 9: does the module load by itself\?/],
  [
    'throws from a timer while it loads',
    "setTimeout(() => { throw new Error('too early') }); await new Promise(() => {})",
    /did not start, it failed: too early/,
  ],
  [
    'never finishes loading',
    'await new Promise(() => {})',
    /did not start, it was not ready after startTimeout, 1000 ms/,
    { startTimeout: 1000 },
  ],
  ['blocks its event loop', 'for (;;);', /after startTimeout, 1000 ms/, { startTimeout: 1000 }],
  [
    'exports nothing',
    '',
    /has no export 'prisma', 'client', 'default' \(it exports nothing\): export the PrismaClient by that name, or pass \{ export: 'name' \}/,
  ],
  ['exports something else', 'export const other = 1', /has no export .*\(it exports other\)/],
  [
    'lacks the export that the option names',
    'export const prisma = {}',
    /has no export 'db' \(it exports prisma\)/,
    { export: 'db' },
  ],
  [
    'exports an object that is not a client',
    'export const prisma = {}',
    /the export 'prisma'.* is no PrismaClient of Prisma 7/,
  ],
  ['exports null', 'export const prisma = null', /is no PrismaClient of Prisma 7/],
  ['exports a promise', 'export const prisma = Promise.resolve({})', /is no PrismaClient of Prisma 7/],
  [
    'exports a function that throws',
    "export default () => { throw new Error('no password') }",
    /the function that .* exports to make the client throws: Error: no password/,
  ],
  [
    'exports a function that rejects',
    "export default async () => { throw new Error('later') }",
    /throws: Error: later/,
  ],
  ['exports a function that returns no client', 'export default () => 5', /is no PrismaClient of Prisma 7/],
  [
    'makes a synchronous client itself',
    `import { createSyncClient } from '${library}'\nexport const prisma = createSyncClient(import.meta.url)`,
    /createSyncClient\(\) was called in a worker of a synchronous client .*: the module it loads must not make one itself; keep createSyncClient\(\) in a file of its own/,
  ],
  [
    'makes a synchronous client in its function',
    `import { createSyncClient } from '${library}'\nexport default () => createSyncClient(import.meta.url)`,
    /createSyncClient\(\) was called in a worker/,
  ],
]

for (const [title, text, message, options] of loads) {
  test.serial(`createSyncClient() throws a BridgeError when its module ${title}`, (t) => {
    const project = new Project('sync')
    t.teardown(() => project.remove())
    project.write('module.mjs', text)
    const make = () => createSyncClient(project.path('module.mjs'), options)
    within(t, () => t.throws(make, { instanceOf: BridgeError, code: 'BRIDGE', message }))
  })
}

test.serial('createSyncClient() loads a TypeScript module of a CommonJS project with tsx', async (t) => {
  const project = new Project('sync')
  t.teardown(() => project.remove())
  await project.createDatabase('app.db', 'clash.sql')
  project.write('package.json', '{}')
  project.write('kind.ts', "export enum Kind { file = 'app.db' }")
  project.write(
    'db.ts',
    `import { join } from 'node:path'
    import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
    import { PrismaClient } from '../../generated/clash-js'
    import { Kind } from './kind'
    const url: string = 'file:' + join(__dirname, Kind.file)
    export const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url }) })`,
  )
  const client = createSyncClient<{ query: { count(): Promise<number> } }>(project.path('db.ts'))
  t.is((client as unknown as { query: { count(): number } }).query.count(), 0)
  client.close()
})

test.serial('createSyncClient() throws a BridgeError when there is no such module, compiled or TypeScript', (t) => {
  const missing = new URL('./fixtures/nothing-here.js', import.meta.url)
  for (const module of [missing, missing.href, fileURLToPath(missing)]) {
    const message = /there is no module file:.*nothing-here\.js: pass the URL or absolute path of the file/
    within(t, () => t.throws(() => createSyncClient(module), { instanceOf: BridgeError, code: 'BRIDGE', message }))
  }
  const message = /there is no module file:.*nothing-here\.ts: pass the URL or absolute path of the file/
  const typescript = new URL('./fixtures/nothing-here.ts', import.meta.url)
  within(t, () => t.throws(() => createSyncClient(typescript), { instanceOf: BridgeError, code: 'BRIDGE', message }))
})

test.serial('createSyncClient() suggests to install tsx when it is missing and the module is TypeScript', async (t) => {
  // The library as it is installed, in a folder where tsx cannot be found.
  const folder = mkdtempSync(join(tmpdir(), 'session-proxy-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const from = (file: string) => join(root, 'src', file)
  await build({
    entryPoints: { sync: from('sync.ts'), worker: from('worker.ts'), 'start-worker': from('start-worker.mjs') },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  })
  linkDependencies(folder)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'db.ts'), 'enum Kind { A }\nexport const prisma = Kind')
  writeFileSync(join(folder, 'uses.js'), "export * from './db.ts'")
  for (const module of ['db.ts', 'uses.js']) {
    writeFileSync(
      join(folder, 'script.js'),
      `import { createSyncClient } from './sync.js'
try {
  createSyncClient(new URL('./${module}', import.meta.url))
} catch (error) {
  console.log(JSON.stringify({ name: error.name, code: error.code, message: error.message }))
}`,
    )
    const { stdout } = await run(process.execPath, ['script.js'], { cwd: folder, timeout: processBound, env: {} })
    const error = JSON.parse(stdout) as { name: string; code: string; message: string }
    t.like(error, { name: 'BridgeError', code: 'BRIDGE' })
    const url = pathToFileURL(join(folder, module)).href
    t.true(error.message.startsWith(`${url} is TypeScript, or imports some, which this Node does not load by itself`))
    t.regex(error.message, /: npm install tsx$/)
  }
})

// ── the process ──────────────────────────────────────────────────────────────────────────────────────────────────────

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly said: readonly string[]
  readonly errors: string
}

/** Runs the script, and sends the signal to it when its main thread is blocked. */
async function script(t: ExecutionContext, what: string, database: Database, signal?: NodeJS.Signals): Promise<Ended> {
  const file = fileURLToPath(new URL('./fixtures/script.js', import.meta.url))
  const env = { ...process.env, NODE_ENV: 'production' } // the work that it leaves unsaved is meant
  const child = spawn(process.execPath, [shortLived, file, what, searchOf(database)], { cwd: root, env })
  const timer = setTimeout(() => child.kill('SIGKILL'), 2 * processBound)
  t.teardown(() => {
    clearTimeout(timer)
    return database.drop()
  })
  let said = ''
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  child.stdin.on('error', () => {}) // it may be gone
  child.stdout.on('data', (text) => {
    const wasBlocked = said.includes('blocked')
    said += text
    if (!signal || wasBlocked || !said.includes('blocked')) return
    child.kill(signal)
    child.stdin.end('the signal is sent')
  })
  const start = performance.now()
  const [code, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  t.true(performance.now() - start < processBound)
  return { code, signal: by, said: said.trim().split('\n'), errors }
}

interface ScriptRow {
  readonly title: string
  readonly what: string
  readonly signal?: NodeJS.Signals
  readonly code?: number
  readonly endedBy?: NodeJS.Signals
  readonly said: readonly (string | RegExp)[]
}

/** The process ends with a transaction open, which its database has to notice: by itself, and by the system. */
const leavingTransactions: readonly ScriptRow[] = [
  { title: 'process.exit() with a session open exits', what: 'exits', code: 3, said: ['ready'] },
  {
    title: 'SIGKILL ends a blocked process',
    what: 'blocks, no listener',
    signal: 'SIGKILL',
    endedBy: 'SIGKILL',
    said: ['ready', 'blocked'],
  },
]

const others: readonly ScriptRow[] = [
  { title: 'an exception with a session open ends the process', what: 'throws', code: 1, said: ['ready'] },
  {
    title: 'Ctrl-C without a listener ends a blocked process at once',
    what: 'blocks, no listener',
    signal: 'SIGINT',
    endedBy: 'SIGINT',
    said: ['ready', 'blocked'],
  },
  {
    title: 'a script that does not close its client ends by itself',
    what: 'forgets close',
    code: 0,
    said: ['ready', 'at the end'],
  },
  {
    title: 'a script with an idle session that does not close its client ends by itself',
    what: 'forgets close, session left idle',
    code: 0,
    said: ['ready', 'at the end'],
  },
  { title: 'a script that closes its client ends', what: 'closes', code: 0, said: ['ready', 'at the end'] },
  {
    title: 'Ctrl-C with a listener runs the listener after the call that blocks the process',
    what: 'blocks, listener',
    signal: 'SIGINT',
    code: 4,
    said: ['ready', 'blocked', 'the call is done', 'at the end', 'listener'],
  },
  {
    title: 'Ctrl-C with a listener runs the listener after callTimeout',
    what: 'timeout, listener',
    signal: 'SIGINT',
    code: 4,
    said: ['ready', 'blocked', /^BridgeError: .*callTimeout/, 'at the end', 'listener'],
  },
]

for (const row of databases) {
  const shown = row.name === 'better-sqlite3' ? [...others, ...leavingTransactions] : leavingTransactions
  for (const { title, what, signal, code = null, endedBy = null, said } of shown) {
    testOn(row, `${title} [${row.name}]`, async (t) => {
      const database = await row.create('test')
      const ended = await script(t, what, database, signal)
      t.is(ended.code, code, ended.errors)
      t.is(ended.signal, endedBy)
      t.is(ended.said.length, said.length, ended.said.join())
      for (const [index, word] of said.entries()) {
        if (typeof word === 'string') t.is(ended.said[index], word)
        else t.regex(ended.said[index] ?? '', word)
      }
      if (code !== 1) t.is(ended.errors, '')
      await isFree(t, database)
    })
  }
}
