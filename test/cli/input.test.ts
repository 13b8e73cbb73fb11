// Scripts that read the input of the command, and scripts of which nothing would run.
import { CommandProject, runHere, Terminal } from '../helpers/command.js'
import { testOnce } from '../helpers/test-on.js'

testOnce('a script asks a question on the terminal and reads the answer', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  project.script(
    '1_ask',
    `import { stdin, stdout } from 'node:process'
    import { createInterface } from 'node:readline/promises'
    export async function up(session, { log }) {
      const terminal = createInterface({ input: stdin, output: stdout })
      log('begins')
      for (const what of ['name', 'kind']) log('%s is %s', what, await terminal.question(what + '? '))
      terminal.close()
    }`,
  )
  for (const flags of [[], ['--json']]) {
    const terminal = new Terminal()
    const ended = runHere(project.folder, ['migrate', 'up', ...flags], { terminal })
    await terminal.out.printed('name? ')
    terminal.keys.write('ada\n')
    await terminal.out.printed('kind? ')
    terminal.keys.write('reader\n')
    const { code, out, err } = await ended
    t.is(code, 0, err)
    t.true(out.includes('name is ada') && out.includes('kind is reader'), out)
    if (flags.length > 0) t.true(out.includes('{"event":"question","script":"1_ask","text":"name? "}'), out)
    await project.client.$executeRawUnsafe('DELETE FROM _prisma_session_migrations')
  }
})

testOnce('a script reads what is piped into the command to its end', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  project.script(
    '1_read',
    `export async function up(session) {
      let text = ''
      for await (const chunk of process.stdin) text += chunk
      for (const name of text.trim().split('\\n')) session.add('User', { name })
    }`,
  )
  const terminal = new Terminal()
  const names = Array.from({ length: 20_000 }, (_, index) => `user ${index}`)
  terminal.keys.end(names.join('\n'))
  const { code, err } = await runHere(project.folder, ['run', 'prisma/scripts/1_read.mjs'], { terminal })
  t.is(code, 0, err)
  t.is(await project.client.user.count(), names.length)
})

testOnce('what is typed stays where no script reads it', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  project.script('1_a', 'export const up = () => { void process.stdin }')
  const terminal = new Terminal()
  terminal.keys.write('for the shell')
  t.is((await runHere(project.folder, ['migrate', 'up'], { terminal })).code, 0)
  t.is(String(terminal.keys.read()), 'for the shell')
})

testOnce('a generator in the place of up or down is refused before anything is run', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  project.script('1_a', `export async function up(session) { session.add('User', { name: 'a' }) }`)
  for (const text of ['export async function* up() {}', 'export const up = () => {}\nexport function* down() {}']) {
    project.script('2_b', text)
    const { code, err } = await project.run('migrate', 'up')
    t.is(code, 2)
    t.regex(
      err,
      /^error: 2_b exports a generator (up|down), of which nothing would run: make it a function, without the \*/,
    )
    t.is(await project.client.user.count(), 0)
  }
  project.script('2_b', 'async function* walk() {}\nexport const up = () => walk()')
  const { code, err } = await project.run('migrate', 'up')
  t.is(code, 1)
  t.regex(err, /^error: 2_b returns an iterator from up\(\), of which nothing has run, and is rolled back/)
  t.is(await project.client.user.count(), 1)
})
