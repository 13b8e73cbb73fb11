// Script files of a folder: names, order and checksums.
import test from 'ava'
import { Failure } from '../../src/migrate/failure.js'
import { nameOf, scriptFiles } from '../../src/migrate/files.js'
import { Project } from '../helpers/project.js'

test('scriptFiles() lists scripts by name with checksums and refuses duplicates', async (t) => {
  const project = new Project('files')
  t.teardown(() => project.remove())
  t.deepEqual(await scriptFiles(project.path('none')), [])
  const texts = {
    'R__b.ts': 'b',
    '10_a_b.mjs': 'one\r\ntwo\r',
    '10_a.cts': 'one\ntwo\n',
    '9_z.js': '\uFEFFz',
    'R__z.ts': 'z',
    '_helper.ts': '',
    'types.d.ts': '',
    'README.md': '',
  }
  for (const [name, text] of Object.entries(texts)) project.write(name, text)
  const files = await scriptFiles(project.folder)
  t.deepEqual(
    files.map(({ name, isRepeatable }) => [name, isRepeatable]),
    [
      ['10_a', false],
      ['10_a_b', false],
      ['9_z', false],
      ['R__b', true],
      ['R__z', true],
    ],
  )
  t.is(files[0]?.checksum, files[1]?.checksum) // lines may end as they like
  t.not(files[0]?.checksum, files[2]?.checksum)
  t.is(files[2]?.checksum, files[4]?.checksum) // a byte order mark is no change

  project.write('9_z.ts', 'z')
  await t.throwsAsync(scriptFiles(project.folder), {
    instanceOf: Failure,
    message: /9_z\.js and .*9_z\.ts are the same script twice/,
  })
})

test('scriptFiles() refuses a file whose name is not that of a script', async (t) => {
  for (const name of ['split.ts', '1-a.ts', '1 a.ts', 'r__a.ts', '1_ä!.ts', '1_💥.ts']) {
    const project = new Project('files')
    t.teardown(() => project.remove())
    project.write(name, '')
    await t.throwsAsync(scriptFiles(project.folder), { instanceOf: Failure, message: /is not named as a script/ }, name)
  }
})

test('nameOf() accepts a name, a file and a path', (t) => {
  for (const given of ['1_a', '1_a.ts', './prisma/scripts/1_a.mjs', '/x/1_a.cjs']) t.is(nameOf(given), '1_a')
  t.is(nameOf('1_a\u0308.ts'), '1_\u00e4') // as macOS spells it
})
