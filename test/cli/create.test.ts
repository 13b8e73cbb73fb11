// `prisma-session migrate create`: a new script in the language of the project.

import { mkdirSync, readFileSync } from 'node:fs'
import { CommandProject } from '../helpers/command.js'
import { testOnce } from '../helpers/test-on.js'

const own = { 'prisma-session-proxy': ['../../src/index.ts'] }

const noneUnused = { noUnusedLocals: true, noUnusedParameters: true }

/** The text of the only new script, with the example in it at work. */
function filledIn(project: CommandProject, file: string): string {
  const text = readFileSync(project.path('prisma/scripts', file), 'utf8')
  const used = text.replace(/^ {2}\/\/ /gm, '  ').replace("{ kind: 'plain' }, size: 1000", "{ kind: '' }, size: 2")
  project.script(file, used)
  return used
}

testOnce(
  'create makes a TypeScript script that sorts last and type-checks where there is a tsconfig.json',
  async (t) => {
    const project = await CommandProject.create(t, 'better-sqlite3')
    project.script('10_a', 'export const up = () => {}')
    project.write(
      'db.ts',
      `import { PrismaClient } from '../../generated/test/client.ts'
    export declare const prisma: PrismaClient`,
    )
    project.write('tsconfig.json', '{}')
    const made = await project.runAlone('migrate', 'create', 'split the names!', '--client', 'db.ts')
    t.is(made.code, 0, made.err)
    const [, file = ''] = project.scripts
    t.regex(file, /^\d{14}_split_the_names\.ts$/)
    t.is((await project.run('migrate', 'create', 'R__seed', '--client', 'db.ts')).code, 0)
    const typeErrors = () => project.typeErrors(['prisma/scripts/*.ts'], { paths: own, ...noneUnused })
    t.is(await typeErrors(), '')
    t.regex(filledIn(project, file), /^ {2}for await \(const users of batch/m)
    t.is(await typeErrors(), '')
  },
)

const kinds: readonly (readonly [name: string, manifest: object, begin: RegExp])[] = [
  ['an ES module', { type: 'module' }, /^export async function up\(_session, _context\) \{$/m],
  ['a CommonJS module', {}, /^exports\.up = async function up\(_session, _context\) \{$/m],
]

for (const [name, manifest, begin] of kinds) {
  testOnce(`create makes ${name} that runs and type-checks, where package.json says so`, async (t) => {
    const project = await CommandProject.create(t, 'better-sqlite3')
    await project.client.user.createMany({ data: ['a', 'b', 'c'].map((each) => ({ name: each, kind: '' })) })
    project.write('package.json', JSON.stringify({ ...manifest, 'prisma-session': { client: './db.mjs' } }))
    project.write(
      'db.d.mts',
      `import { PrismaClient } from '../../generated/test/client.ts'
      export declare const prisma: PrismaClient`,
    )
    t.is((await project.run('migrate', 'create', 'to readers')).code, 0)
    const [file = ''] = project.scripts
    t.regex(file, /^\d{14}_to_readers\.js$/)
    const flags = { allowJs: true, checkJs: true, module: 'esnext', moduleResolution: 'bundler' }
    const typeErrors = () => project.typeErrors(['prisma/scripts/*.js'], { paths: own, ...flags, ...noneUnused })
    t.is(await typeErrors(), '')
    t.regex(filledIn(project, file), begin)
    const up = await project.run('migrate', 'up')
    t.is(up.code, 0, up.err)
    t.is(await project.client.user.count({ where: { kind: 'reader' } }), 3)
    t.is(await typeErrors(), '')
    project.script(file, filledIn(project, file).replace('user.kind =', 'user.knid ='))
    t.regex(await typeErrors(), /error TS2339: .*'knid'/)
  })
}

testOnce('create finds the tsconfig.json beside the package.json above the folder, and none further up', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  project.write('tsconfig.json', '{}')
  t.is((await project.run('migrate', 'create', 'one')).code, 0)
  t.regex(project.scripts[0] as string, /_one\.ts$/)
  mkdirSync(project.path('inner'))
  project.write('inner/package.json', '{}')
  const made = await project.run('migrate', 'create', 'R__inner', '--dir', 'inner/scripts')
  t.is(made.out, 'made inner/scripts/R__inner.js\n')
})

testOnce('create names the default export and the package of the client', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  mkdirSync(project.path('node_modules/@acme/db'), { recursive: true })
  project.write('node_modules/@acme/db/package.json', '{ "exports": { "import": "./index.mjs" } }')
  project.write('node_modules/@acme/db/index.mjs', '')
  project.write('tsconfig.json', '{}')
  const made = await project.run('migrate', 'create', 'R__one', '--client', '@acme/db#default')
  t.is(made.code, 0, made.err)
  const text = readFileSync(project.path('prisma/scripts/R__one.ts'), 'utf8')
  t.regex(text, /^import type \{ default as prisma \} from '@acme\/db'\n\ntype Client = typeof prisma\n/m)
})

testOnce('create makes a script of unknown client type before there is a client', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  project.write('package.json', '{}')
  t.is((await project.run('migrate', 'create', 'first')).code, 0)
  const text = (name: string) => readFileSync(project.path('prisma/scripts', name), 'utf8')
  t.regex(text(project.scripts[0] as string), /^\/\*\* @typedef \{any\} Client \*\/$/m)
  project.write('tsconfig.json', '{}')
  t.is((await project.run('migrate', 'create', 'R__second')).code, 0)
  t.regex(text('R__second.ts'), /^\/\/ import type \{ prisma \} from '..\/src\/db'\n.*\ntype Client = any\n/m)
})

testOnce('create refuses names without letters, a name twice, and scripts that would not come last', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  for (const name of ['!!!', 'R__', '💥']) {
    const nameless = await project.run('migrate', 'create', name)
    t.is(nameless.code, 2)
    t.is(
      nameless.err,
      `error: "${name}" has no letters or digits to name a file with. Pass some words: "split names"\n`,
    )
  }
  t.is((await project.run('migrate', 'create', 'R__seed')).code, 0)
  const twice = await project.run('migrate', 'create', 'R__seed')
  t.is(twice.code, 2)
  t.regex(twice.err, /there is a script R__seed in .* already/)
  project.script('99999999999999_late', 'export const up = () => {}')
  const confusing = await project.run('migrate', 'create', 'next')
  t.is(confusing.code, 2)
  t.regex(confusing.err, /would not come after 99999999999999_late/)
})

for (const name of ['better-sqlite3', 'mariadb'] as const) {
  testOnce(`create keeps the letters of any script, and the ledger does too [${name}]`, async (t) => {
    const project = await CommandProject.create(t, name)
    const made = await project.run('migrate', 'create', 'Größe ändern: 日本語')
    t.is(made.code, 0, made.err)
    const [file = ''] = project.scripts
    t.regex(file, /^\d{14}_Größe_ändern_日本語\.js$/)
    const up = await project.run('migrate', 'up')
    t.is(up.code, 0, up.err)
    const status = await project.run('migrate', 'status', '--json')
    t.like(status.objects[0], { scripts: [{ name: file.replace('.js', ''), state: 'done' }] })
  })
}

testOnce('a file that cannot be written or read is reported in one line, without our own stack', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  const long = await project.run('migrate', 'create', 'x'.repeat(300))
  t.is(long.code, 1)
  t.regex(long.err, /^error: ENAMETOOLONG: .*x\.js'\. Check this path, its permissions and its disk\n$/)
  const below = await project.run('migrate', 'create', 'a', '--dir', 'db.mjs/scripts')
  t.regex(below.err, /^error: ENOTDIR: .*\. Check this path, its permissions and its disk\n$/)
  mkdirSync(project.path('prisma/scripts/1_a.mjs'))
  const folder = await project.run('migrate', 'status')
  t.is(folder.err, '')
})
