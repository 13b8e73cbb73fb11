// Loading scripts: the options they export, and the scripts that are refused.
import test from 'ava'
import { Failure } from '../../src/migrate/failure.js'
import { scriptFile } from '../../src/migrate/files.js'
import { loadScript } from '../../src/migrate/run/load-script.js'
import { Project } from '../helpers/project.js'

const up = 'export const up = () => {}\n'

const refused: [text: string, message: RegExp][] = [
  ['export const down = () => {}', /^1_a exports no function up: export async function up\(session, context\)/],
  [`${up}export const down = 1`, /^1_a exports a down that is no function/],
  [`${up}export const transaction = 'page'`, /^1_a exports transaction "page": it is 'script', 'batch' or 'none'/],
  [`${up}export const mode = true`, /^1_a exports mode true: it is 'async' or 'sync'/],
  [`${up}export const requires = [1]`, /^1_a exports requires \[1\]: it is the name of one of Prisma's migrations/],
  [`throw new Error('at the top')`, /^1_a cannot be loaded: it throws at its top level: at the top\. Nothing was run/],
  [
    `import './_none.mjs'`,
    /^1_a cannot be loaded: Cannot find module .*_none\.mjs.*Install what it imports, or mend the path/,
  ],
]

for (const [text, message] of refused) {
  test(`loadScript() refuses ${text.replace(up, '')}`, async (t) => {
    const project = new Project('load')
    t.teardown(() => project.remove())
    project.write('1_a.mjs', text)
    await t.throwsAsync(loadScript(scriptFile(project.path('1_a.mjs'))), { instanceOf: Failure, message })
  })
}

test('loadScript() reads the options of an ES module and of a CommonJS module', async (t) => {
  const project = new Project('load')
  t.teardown(() => project.remove())
  project.write('1_a.mjs', `${up}export const mode = 'sync'\nexport const requires = 'init'`)
  project.write('2_b.cjs', `module.exports = { up() {}, down() {}, transaction: 'batch' }`)
  t.like(await loadScript(scriptFile(project.path('1_a.mjs'))), {
    mode: 'sync',
    transaction: 'script',
    requires: ['init'],
    down: null,
  })
  const script = await loadScript(scriptFile(project.path('2_b.cjs')))
  t.like(script, { mode: 'async', transaction: 'batch', requires: [] })
  t.is(typeof script.down, 'function')
})
