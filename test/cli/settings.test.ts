// Where the command finds the client, the environment and its help.

import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { CommandProject, runHere } from '../helpers/command.js'
import { testOnce } from '../helpers/test-on.js'

const { version } = createRequire(import.meta.url)('prisma-session-proxy/package.json') as { version: string }

/** A package that exports the project's client, found by `import` only. */
function addPackage(project: CommandProject, name: string, manifest: object, text: string): void {
  mkdirSync(project.path('node_modules', name), { recursive: true })
  project.write(`node_modules/${name}/package.json`, JSON.stringify({ name, ...manifest }))
  project.write(`node_modules/${name}/index.mjs`, text)
}

const addUser = `export async function up(session) { session.add('User', { name: 'a' }) }`

testOnce('the client is the export of a package, by --client and by package.json', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  const onlyImport = { exports: { '.': { import: './index.mjs' }, './named': { import: './index.mjs' } } }
  addPackage(project, '@acme/db', onlyImport, "export { prisma, prisma as database } from '../../../db.mjs'")
  project.script('1_a', addUser)
  project.script('2_b', addUser)
  project.script(
    '3_c',
    `export const mode = 'sync'\nexport function up(session) { session.add('User', { name: 'a' }) }`,
  )
  const named = await project.run('migrate', 'up', '--step', '1', '--client', '@acme/db')
  t.is(named.code, 0, named.err)
  const exported = await project.run('migrate', 'up', '--step', '1', '--client', '@acme/db/named#database')
  t.is(exported.code, 0, exported.err)
  project.write('package.json', JSON.stringify({ type: 'module', 'prisma-session': { client: '@acme/db' } }))
  mkdirSync(project.path('below'))
  const below = await runHere(project.path('below'), ['migrate', 'up'])
  t.is(below.code, 0, below.err)
  t.is(await project.client.user.count(), 3)
})

testOnce('a file comes before a package of that name, and a folder does not', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  addPackage(project, 'db.mjs', { exports: './index.mjs' }, 'export const prisma = 1')
  addPackage(project, 'prisma', { exports: './index.mjs' }, "export { prisma } from '../../db.mjs'")
  t.is((await project.run('migrate', 'status', '--client', 'db.mjs')).code, 0)
  t.is((await project.run('migrate', 'status', '--client', 'prisma')).code, 0)
})

testOnce('a client that is neither a file nor a package is refused by its name', async (t) => {
  const project = await CommandProject.createEmpty(t, 'better-sqlite3')
  const faults: [given: string, message: RegExp][] = [
    ['@acme/none', /^error: Client module '@acme\/none' not found: \S+ does not exist and no package @acme\/none can /],
    ['./none.ts', /^error: Client module '\.\/none\.ts' not found: \S+none\.ts does not exist\. Pass the file that /],
    ['prisma/none', /none does not exist and no package prisma\/none can be imported from \S+\. Pass the file/],
    ['#name', /^error: Client module '#name' not found/],
  ]
  for (const [given, message] of faults) {
    const { code, err } = await project.run('migrate', 'status', '--client', given)
    t.is(code, 2)
    t.regex(err, message)
  }
})

testOnce('a folder of scripts that is named and does not exist is refused, by every command but create', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  project.script('1_a', addUser)
  t.is((await project.run('migrate', 'up')).code, 0)
  const commands = ['up', 'up --dry-run', 'down --yes', 'redo --yes', 'status', 'baseline --yes', 'repair --yes']
  for (const command of commands) {
    const { code, out, err } = await project.run('migrate', ...command.split(' '), '--dir', './typo')
    t.is(code, 2, `${command}: ${out}`)
    t.regex(
      err,
      /^error: Folder of the scripts not found: \S+typo does not exist\. Pass the folder of the scripts with --dir, or make it and its first script with prisma-session migrate create <name> --dir \.\/typo\n$/,
    )
  }
  const file = await project.run('migrate', 'status', '--dir', 'db.mjs')
  t.is(file.code, 2)
  t.regex(file.err, /not found: \S+db\.mjs is not a folder\. Pass the folder of the scripts with --dir\n$/)
  const manifest = (dir: string) =>
    project.write('package.json', JSON.stringify({ 'prisma-session': { client: './db.mjs', dir } }))
  manifest('./typo')
  const set = await project.run('migrate', 'up', '--json')
  t.is(set.code, 2)
  t.regex(
    String(set.objects[0]?.message),
    /typo does not exist\. Correct "dir" of "prisma-session" in \S+package\.json, or make it and its first script with prisma-session migrate create <name>$/,
  )
  t.is((await project.run('migrate', 'create', 'R__seed')).code, 0)
  t.true(existsSync(project.path('typo/R__seed.js')))
})

testOnce('up says where it has found no scripts, and not that they are done', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  const folder = project.path('prisma/scripts')
  const nothing = { code: 0, out: `no scripts in ${folder}\n`, err: '' }
  for (const prepare of [() => {}, () => rmdirSync(folder)]) {
    prepare()
    for (const command of ['up', 'up --dry-run', 'down', 'redo', 'status', 'baseline --yes'])
      t.like(await project.run('migrate', ...command.split(' ')), nothing, command)
    const told = await project.run('migrate', 'up', '--json')
    t.like(told.objects[0], { event: 'planned', scripts: [], dir: folder, found: 0 })
  }
})

/** A client whose database is named by a variable. */
async function byVariable(t: Parameters<typeof CommandProject.create>[0]): Promise<CommandProject & { url: string }> {
  const project = await CommandProject.createEmpty(t, 'better-sqlite3')
  project.writeClient('better-sqlite3', `' + process.env.DATA_URL + '`)
  return project
}

testOnce('variables of .env are set for the client and for scripts, unless they are set already', async (t) => {
  const project = await byVariable(t)
  project.write('.env', `DATA_URL="${project.url}"\nSHOWN=from-file # a comment\nPATH=none\n`)
  project.script('1_a', `export const up = (session, { log }) => log(process.env.SHOWN, process.env.PATH)`)
  const up = await project.runAlone('migrate', 'up')
  t.is(up.code, 0, up.err)
  t.true(up.out.includes(`\n  from-file ${process.env.PATH}\n`), up.out)
})

testOnce(
  '.env is found beside package.json from a folder below it, and DOTENV_CONFIG_PATH names another',
  async (t) => {
    const project = await CommandProject.createEmpty(t, 'better-sqlite3')
    mkdirSync(project.path('below/.env'), { recursive: true }) // a folder is no such file
    project.write('.env', 'SHOWN=from-file\n')
    project.write('other.env', 'SHOWN=from-other\n')
    const status = async (env: Record<string, string>) => {
      const { code, err } = await runHere(project.path('below'), ['migrate', 'status'], { env })
      return { code, err, env }
    }
    t.like(await status({}), { code: 0, env: { SHOWN: 'from-file' } })
    t.like(await status({ DOTENV_CONFIG_PATH: '../other.env' }), { code: 0, env: { SHOWN: 'from-other' } })
    t.like(await status({ SHOWN: '' }), { code: 0, env: { SHOWN: '' } })
    const none = await status({ DOTENV_CONFIG_PATH: 'none.env' })
    t.is(none.code, 2)
    t.regex(
      none.err,
      /^error: Cannot read \S+none\.env: ENOENT.*\. Check DOTENV_CONFIG_PATH and the permissions of the file\n$/,
    )
  },
)

testOnce('help shows the help of each command, -v the version', async (t) => {
  const project = await CommandProject.createEmpty(t, 'better-sqlite3')
  const same: [words: string[], as: string[]][] = [
    [['help'], ['--help']],
    [
      ['help', 'migrate'],
      ['migrate', '--help'],
    ],
    [
      ['help', 'migrate', 'up'],
      ['migrate', 'up', '--help'],
    ],
    [
      ['migrate', 'help', 'redo'],
      ['migrate', 'redo', '-h'],
    ],
    [
      ['sql', 'help', 'up'],
      ['sql', 'up', '--help'],
    ],
    [
      ['help', 'run'],
      ['run', '--help'],
    ],
  ]
  for (const [words, as] of same) {
    const [one, other] = [await project.run(...words), await project.run(...as)]
    t.is(one.code, 0)
    t.is(one.out, other.out)
    t.true(one.out.startsWith('Usage: prisma-session '))
  }
  const unknown = await project.run('help', 'migrate', 'sideways')
  t.is(unknown.code, 2)
  t.regex(unknown.err, /^error: unknown command 'sideways'\n/)
  for (const flag of ['-v', '--version']) t.like(await project.run(flag), { code: 0, out: `${version}\n`, err: '' })
})

testOnce('paths may have a # in them, and files a byte order mark', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  const folder = project.path('with #, ? and %41')
  mkdirSync(join(folder, 'prisma/scripts'), { recursive: true })
  writeFileSync(join(folder, 'd#b.mjs'), `export { prisma, prisma as other } from '../db.mjs'`)
  writeFileSync(join(folder, 'package.json'), `\uFEFF${JSON.stringify({ 'prisma-session': { client: './d#b.mjs' } })}`)
  writeFileSync(join(folder, '.env'), '\uFEFFMARKED=yes')
  const sync = `export const mode = 'sync'\nexport const up = (session) => console.log(session.user.count())`
  writeFileSync(join(folder, 'prisma/scripts/1_a.mjs'), sync)
  for (const client of ['d#b.mjs', './d#b.mjs#other', `${folder}/d#b.mjs`, `${folder}/d#b.mjs#other`]) {
    const env: NodeJS.ProcessEnv = { ...process.env, CI: 'true' }
    const run = await runHere(folder, ['run', '--client', client, 'prisma/scripts/1_a.mjs'], { env })
    t.is(run.code, 0, run.err)
    t.regex(run.out, /^ {2}0$/m)
    t.is(env.MARKED, 'yes')
  }
  t.is((await runHere(folder, ['migrate', 'up'])).code, 0)
  writeFileSync(join(folder, 'prisma/scripts/1_a.mjs'), `\uFEFF${sync}`)
  t.is((await runHere(folder, ['migrate', 'status'])).code, 0)
})
