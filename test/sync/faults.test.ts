// What goes wrong in the worker of a synchronous client ends in a BridgeError, in bounded time, and never in a hang.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import type { Worker } from 'node:worker_threads'
import test, { type ExecutionContext } from 'ava'
import { build } from 'esbuild'
import { BridgeError, createSession, inspect, PendingRollbackError, type SyncSession } from '../../src/index.js'
import { createSyncClient, type SyncClientOptions, type SyncPrismaClient } from '../../src/sync.js'
import { type Database, databases } from '../helpers/databases.js'
import { linkDependencies } from '../helpers/dependencies.js'
import { Project, root, run } from '../helpers/project.js'
import { testOn } from '../helpers/test-on.js'
import type { prisma } from './fixtures/faulty.js'

type Client = SyncPrismaClient<typeof prisma>
type Session = SyncSession<typeof prisma>

/** Milliseconds: far over what anything here takes, far under a hang. */
const bound = 15_000

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

/** A client that goes wrong on demand, with a session whose transaction has written a row. */
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

/** What must hold of a client that cannot be used any more, and of a session over it that was in a transaction. */
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

/** The transaction was rolled back, and its lock let go of: somebody else writes without waiting. */
async function isFree(t: ExecutionContext, database: Database): Promise<void> {
  const other = database.connect()
  const start = performance.now()
  await other.user.create({ data: { name: 'other' } })
  t.true(performance.now() - start < 4000) // better-sqlite3 waits 5 seconds for a lock
  t.deepEqual(
    (await other.user.findMany()).map(({ name }) => name),
    ['other'],
  )
  await other.$disconnect()
}

// ── the worker ends ──────────────────────────────────────────────────────────────────────────────────────────────────

const ends: readonly (readonly [fault: string, title: string, why: RegExp])[] = [
  ['exit', 'process.exit() in a query extension', /its worker has ended, it exited with code 7/],
  ['throw', 'an exception that a timer throws', /its worker has ended, it failed: thrown by a timer/],
  ['reject', 'a rejection that nobody handles', /its worker has ended, it failed: caught by nobody/],
  ['out of memory', 'out of memory', /its worker has ended, it ran out of memory/],
]

for (const row of databases) {
  for (const [fault, title, why] of ends) {
    testOn(row, `${title}, in mid-call [${row.name}]`, async (t) => {
      if (fault === 'out of memory') limitMemory(t)
      const x = await begun(t, row)
      const call = () => x.session.user.findFirst({ where: { name: fault } })
      within(t, () => t.throws(call, { instanceOf: BridgeError, code: 'BRIDGE', message: why }))
      await isFree(t, x.database)
      isOver(t, x, why)
    })
  }

  testOn(row, `an exception between two calls: the next one tells of it [${row.name}]`, async (t) => {
    const x = await begun(t, row)
    t.is(x.session.user.findFirst({ where: { name: 'throw afterwards' } }), null)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
    const why = /its worker has ended, it failed: thrown by a timer/
    t.throws(() => x.session.user.count(), { instanceOf: BridgeError, message: why })
    await isFree(t, x.database)
    isOver(t, x, why)
  })

  testOn(row, `the worker ends in the middle of a flush: the session needs a rollback [${row.name}]`, async (t) => {
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

/** Workers started from now on get little memory. */
function limitMemory(t: ExecutionContext): void {
  setFlagsFromString('--max-old-space-size=150')
  t.teardown(() => setFlagsFromString('--max-old-space-size=0'))
}

// ── callTimeout, close ───────────────────────────────────────────────────────────────────────────────────────────────

for (const row of databases) {
  for (const [fault, title] of [
    ['hang', 'waits for ever'],
    ['spin', 'never gives its event loop a turn'],
  ] as const) {
    if (fault === 'spin' && row.name !== 'better-sqlite3') continue // it has nothing to do with the database
    testOn(row, `callTimeout: a call that ${title} [${row.name}]`, async (t) => {
      const x = await begun(t, row, { callTimeout: 3000 })
      const why = /a call took longer than callTimeout, 3000 ms/
      const start = performance.now()
      t.throws(() => x.session.user.findFirst({ where: { name: fault } }), { instanceOf: BridgeError, message: why })
      const took = performance.now() - start
      t.true(took >= 2990 && took < 6000, `took ${took} ms`)
      await isFree(t, x.database)
      isOver(t, x, why)
    })
  }

  testOn(row, `close() with a transaction open [${row.name}]`, async (t) => {
    const x = await begun(t, row)
    within(t, () => x.client.close(), 5000)
    await isFree(t, x.database)
    isOver(t, x, /it was closed/)
  })

  testOn(row, `close() in the middle of $transaction(fn) [${row.name}]`, async (t) => {
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
  await setImmediate() // those of other tests may not have been told of yet
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

test.serial('a call within callTimeout is no fault, and a new client can be made after one that is', async (t) => {
  const x = await begun(t, databases[0], { callTimeout: 4000 })
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

for (const row of databases) {
  testOn(row, `arguments that cannot cross [${row.name}]`, async (t) => {
    const { client, session, database } = await begun(t, row)
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

  testOn(row, `answers that cannot cross [${row.name}]`, async (t) => {
    const { client, session, database } = await begun(t, row)
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
}

// ── the module ───────────────────────────────────────────────────────────────────────────────────────────────────────

const loads: readonly (readonly [title: string, text: string, message: RegExp, options?: SyncClientOptions])[] = [
  ['throws', "throw new RangeError('at load')", /module\.mjs cannot be loaded, it throws: RangeError: at load/],
  ['throws undefined', 'throw undefined', /cannot be loaded, it throws: undefined/],
  ['rejects', "await Promise.reject(new RangeError('top level'))", /it throws: RangeError: top level/],
  ['is no JavaScript', 'export const =', /cannot be loaded, it throws: SyntaxError/],
  [
    'imports what is not there',
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
    'never finishes to load',
    'await new Promise(() => {})',
    /did not start, it was not ready after startTimeout, 3000 ms/,
    { startTimeout: 3000 },
  ],
  ['never gives its event loop a turn', 'for (;;);', /after startTimeout, 3000 ms/, { startTimeout: 3000 }],
  [
    'exports nothing',
    '',
    /has no export 'prisma', 'client', 'default' \(it exports nothing\): export the PrismaClient by that name, or pass \{ export: 'name' \}/,
  ],
  ['exports something else', 'export const other = 1', /has no export .*\(it exports other\)/],
  [
    'lacks the export that is named',
    'export const prisma = {}',
    /has no export 'db' \(it exports prisma\)/,
    { export: 'db' },
  ],
  ['exports no client', 'export const prisma = {}', /the export 'prisma'.* is no PrismaClient of Prisma 7/],
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
  ['exports a function that makes none', 'export default () => 5', /is no PrismaClient of Prisma 7/],
  [
    'makes a synchronous client itself',
    "import { createSyncClient } from '../../src/sync.ts'\nexport const prisma = createSyncClient(import.meta.url)",
    /createSyncClient\(\) was called in a worker of a synchronous client .*: the module it loads must not make one itself; keep createSyncClient\(\) in a file of its own/,
  ],
  [
    'makes a synchronous client in its function',
    "import { createSyncClient } from '../../src/sync.ts'\nexport default () => createSyncClient(import.meta.url)",
    /createSyncClient\(\) was called in a worker/,
  ],
]

for (const [title, text, message, options] of loads) {
  test.serial(`the module ${title}`, (t) => {
    const project = new Project('sync')
    t.teardown(() => project.remove())
    project.write('module.mjs', text)
    const make = () => createSyncClient(project.path('module.mjs'), options)
    within(t, () => t.throws(make, { instanceOf: BridgeError, code: 'BRIDGE', message }))
  })
}

test.serial('the module is TypeScript in a project of CommonJS', async (t) => {
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

test.serial('the module is not there', (t) => {
  const missing = new URL('./fixtures/nothing-here.ts', import.meta.url)
  const message = /there is no module file:.*nothing-here\.ts: pass the URL or absolute path of the file/
  for (const module of [missing, missing.href, fileURLToPath(missing)])
    within(t, () => t.throws(() => createSyncClient(module), { instanceOf: BridgeError, code: 'BRIDGE', message }))
})

test.serial('the module is TypeScript, and tsx is not installed', async (t) => {
  // The library as it is installed, in a folder from which tsx cannot be seen.
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
    const { stdout } = await run(process.execPath, ['script.js'], { cwd: folder, timeout: bound, env: {} })
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

/** Runs the script, with a signal sent to it once it is ready, and blocked. */
async function script(t: ExecutionContext, what: string, database: Database, signal?: NodeJS.Signals): Promise<Ended> {
  const file = fileURLToPath(new URL('./fixtures/script.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import=tsx/esm', file, what, searchOf(database)], { cwd: root })
  const timer = setTimeout(() => child.kill('SIGKILL'), 2 * bound)
  t.teardown(() => {
    clearTimeout(timer)
    return database.drop()
  })
  let said = ''
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  child.stdout.on('data', (text) => {
    const wasReady = said.includes('ready')
    said += text
    if (signal && !wasReady && said.includes('ready')) setTimeout(() => child.kill(signal), 300)
  })
  const start = performance.now()
  const [code, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  t.true(performance.now() - start < bound)
  return { code, signal: by, said: said.trim().split('\n'), errors }
}

const processes: readonly (readonly [
  title: string,
  what: string,
  expected: { code?: number; signal?: NodeJS.Signals; said: readonly (string | RegExp)[] },
  signal?: NodeJS.Signals,
])[] = [
  ['a script that forgets close() ends by itself', 'forgets close', { code: 0, said: ['ready', 'at the end'] }],
  ['so does one whose session is idle', 'forgets close, session left idle', { code: 0, said: ['ready', 'at the end'] }],
  ['a script that closes ends', 'closes', { code: 0, said: ['ready', 'at the end'] }],
  ['process.exit() with a session open exits', 'exits', { code: 3, said: ['ready'] }],
  ['an exception with a session open ends the process', 'throws', { code: 1, said: ['ready'] }],
  [
    'Ctrl-C while blocked, without a listener: the process ends at once',
    'blocks, no listener',
    { signal: 'SIGINT', said: ['ready'] },
    'SIGINT',
  ],
  ['killed while blocked', 'blocks, no listener', { signal: 'SIGKILL', said: ['ready'] }, 'SIGKILL'],
  [
    'Ctrl-C while blocked, with a listener: it runs after the call',
    'blocks, listener',
    { code: 4, said: ['ready', 'the call is done', 'at the end', 'listener'] },
    'SIGINT',
  ],
  [
    'Ctrl-C while blocked, with a listener: it runs after callTimeout',
    'timeout, listener',
    { code: 4, said: ['ready', /^BridgeError: .*callTimeout/, 'at the end', 'listener'] },
    'SIGINT',
  ],
]

for (const row of databases) {
  // How a process ends has to do with the database only in what it leaves behind.
  const shown = row.name === 'better-sqlite3' ? processes : processes.filter(([, , { said }]) => said.length === 1)
  for (const [title, what, { code = null, signal: by = null, said }, signal] of shown) {
    testOn(row, `${title} [${row.name}]`, async (t) => {
      const database = await row.create('test')
      const ended = await script(t, what, database, signal)
      t.is(ended.code, code, ended.errors)
      t.is(ended.signal, by)
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
