/** The package as it would be installed: built, found through `exports`, used from ES modules, from CommonJS and by tsc. */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { build } from 'esbuild'
import { Project, root, run } from '../helpers/project.ts'

const project = new Project('package')

test.before(async () => {
  const installed = project.path('node_modules/prisma-session-proxy')
  mkdirSync(installed, { recursive: true })
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'))
  await run(process.execPath, ['--import=tsx/esm', 'scripts/build.ts', join(installed, 'dist')], { cwd: root })
  project.write('package.json', '{ "name": "consumer", "private": true }') // else our name would mean the project around it
  // The client of one generator is TypeScript for ES modules, that of the other is CommonJS.
  await build({
    entryPoints: [join(root, 'generated/clash/client.ts')],
    outfile: project.path('client.mjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  })
  project.write('client.cjs', "module.exports = require('../../generated/clash-js')\n")
  await project.createDatabase('app.db', 'clash.sql')
})

test.after.always(() => project.remove())

const program = `
async function main() {
  const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: 'file:./app.db' }) })
  const session = createSession(prisma)
  const query = session.add('Query', { text: 'packed' })
  await session.flush()
  console.log(JSON.stringify([typeof query.id, await session.query.count(), matrix.commit.async]))
  await session.close()
}
main()
`

const imports = {
  'program.mjs': `
    import { createSession } from 'prisma-session-proxy'
    import matrix from 'prisma-session-proxy/matrix.json' with { type: 'json' }
    import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
    import { PrismaClient } from './client.mjs'`,
  'program.cjs': `
    const { createSession } = require('prisma-session-proxy')
    const matrix = require('prisma-session-proxy/matrix.json')
    const { PrismaBetterSqlite3 } = require('@prisma/adapter-better-sqlite3')
    const { PrismaClient } = require('./client.cjs')`,
}

for (const [file, head] of Object.entries(imports)) {
  test.serial(`the built package works in ${file}`, async (t) => {
    project.write(file, head + program)
    const { stdout } = await run(process.execPath, ['--no-warnings', file], { cwd: project.folder })
    t.deepEqual(JSON.parse(stdout), ['number', 1, 'await'])
  })
}

test('the built package has types for both formats', async (t) => {
  const use = `
    declare const prisma: PrismaClient
    export const id: number = createSession(prisma).add('Info', { text: 'packed' }).id
    // @ts-expect-error there is no such model
    createSession(prisma).add('Nothing', {})
    `
  project.write(
    'types.mts',
    `import { createSession } from 'prisma-session-proxy'
    import type { PrismaClient } from '../../generated/clash/client.ts'${use}`,
  )
  project.write(
    'types.cts',
    `import proxy = require('prisma-session-proxy')
    import type { PrismaClient } from '../../generated/clash-js'
    const { createSession } = proxy${use}`,
  )
  t.is(await project.typeErrors(['types.*'], { verbatimModuleSyntax: false }), '')
})
