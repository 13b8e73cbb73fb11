// Reports on a terminal and elsewhere.
import { PassThrough } from 'node:stream'
import test from 'ava'
import { BarReporter } from '../../src/cli/report/bars.js'
import { JsonReporter } from '../../src/cli/report/json.js'
import { Pace } from '../../src/cli/report/pace.js'
import { PlainReporter } from '../../src/cli/report/plain.js'
import { duration, statementLines, table, timeLeft } from '../../src/cli/report/text.js'
import type { RunEvent } from '../../src/migrate/run/events.js'

const progress = (processed: number, total: number | null = 200): RunEvent => ({
  kind: 'progress',
  script: '1_a',
  processed,
  total,
  committed: null,
})

const ended: RunEvent = {
  kind: 'ended',
  script: '1_a',
  outcome: 'done',
  duration: 1500,
  processed: 200,
  total: 200,
  statements: null,
}

function stream(isTTY: boolean): { out: NodeJS.WriteStream; text: () => string } {
  const out = Object.assign(new PassThrough(), { isTTY, columns: 120, rows: 40 }) as unknown as NodeJS.WriteStream
  let text = ''
  ;(out as unknown as PassThrough).setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  return { out, text: () => text }
}

test('progress without a terminal is one line for each tenth', async (t) => {
  const { out, text } = stream(false)
  const reporter = new PlainReporter(out, out)
  reporter.event({
    kind: 'begun',
    script: '1_a',
    checksum: '',
    direction: 'up',
    transaction: 'script',
    resumedAt: null,
  })
  for (let rows = 1; rows <= 200; rows++) reporter.event(progress(rows))
  reporter.event(ended)
  await new Promise(setImmediate)
  const lines = text().split('\n')
  t.is(lines.length, 1 + 10 + 1 + 1)
  t.deepEqual(lines.slice(0, 3), ['1_a runs', '  1_a 20 of 200 rows (10 %)', '  1_a 40 of 200 rows (20 %)'])
  t.is(lines.at(-2), '1_a done, 200 rows, 1.5 s')
})

test('progress on a terminal is a bar that stays full, with log lines above it and the cursor restored', async (t) => {
  const { out, text } = stream(true)
  const reporter = new BarReporter(out, out)
  reporter.event({
    kind: 'begun',
    script: '1_a',
    checksum: '',
    direction: 'up',
    transaction: 'script',
    resumedAt: null,
  })
  reporter.event(progress(1))
  reporter.event(progress(100))
  reporter.event({ kind: 'log', script: '1_a', text: 'half of it' })
  await new Promise((resolve) => setTimeout(resolve, 150))
  reporter.event(progress(200))
  reporter.event(ended)
  reporter.event(progress(3, null)) // of how many is not known: a line
  await new Promise(setImmediate)
  const shown = text()
  t.regex(shown, / {2}half of it\r?\n/)
  t.regex(shown, /1_a █{30} 100 % {2}200 of 200 rows/)
  t.true(shown.indexOf('half of it') < shown.indexOf('200 of 200'))
  t.true(shown.lastIndexOf('\u001b[?25h') > shown.lastIndexOf('\u001b[?25l'))
  t.regex(shown, /1_a done, 200 rows, 1\.5 s\n$/)
})

test('the time left follows from the speed of this run, and is unknown until there is one', (t) => {
  const pace = new Pace()
  pace.begin(1000, 0) // rows of an earlier run
  const cases: [processed: number, total: number | null, time: number, eta: number | null][] = [
    [1100, 2000, 499, null], // too early to tell
    [1100, 2000, 500, 4500],
    [1500, 2000, 1000, 1000],
    [1500, null, 1000, null],
    [1000, 2000, 9000, null], // nothing done yet
    [500, 2000, 9000, null], // a script's own count, which begins anew
    [2000, 2000, 9000, 0],
    [2100, 2000, 9000, null], // more rows than there were to be
  ]
  for (const [processed, total, time, eta] of cases) t.is(pace.eta(processed, total, time), eta, String(time))
  t.is(pace.speed(1500, 1000), 500)
  t.deepEqual([1, 59_000, 59_001, 3_599_000, 3_600_000, 9_000_000].map(timeLeft), [
    '1 s left',
    '59 s left',
    '1 min 0 s left',
    '59 min 59 s left',
    '1 h 0 min left',
    '2 h 30 min left',
  ])
})

test('lines, bars and JSON show the time left, and none at the end', async (t) => {
  const [plain, bars, json] = [stream(false), stream(true), stream(false)]
  const reporters = [
    new PlainReporter(plain.out, plain.out),
    new BarReporter(bars.out, bars.out),
    new JsonReporter(json.out),
  ]
  for (const reporter of reporters)
    reporter.event({
      kind: 'begun',
      script: '1_a',
      checksum: '',
      direction: 'up',
      transaction: 'script',
      resumedAt: null,
    })
  await new Promise((resolve) => setTimeout(resolve, 700))
  const tell = (event: RunEvent) => {
    for (const reporter of reporters) reporter.event(event)
  }
  tell(progress(100))
  await new Promise((resolve) => setTimeout(resolve, 150)) // until the bar is drawn
  tell(progress(200))
  tell(ended)
  await new Promise(setImmediate)
  t.regex(plain.text(), / 1_a 100 of 200 rows \(50 %\), \d+ s left\n {2}1_a 200 of 200 rows \(100 %\)\n/)
  t.regex(bars.text(), /100 of 200 rows {2}\d+ rows\/s {2}\d+ s left/)
  t.notRegex(bars.text(), /200 of 200 rows.*left/)
  const etas = [...json.text().matchAll(/"eta":(\d+)/g)].map(([, eta]) => Number(eta))
  t.is(etas.length, 2)
  t.true((etas[0] as number) >= 650 && (etas[0] as number) < 60_000, String(etas))
  t.is(etas[1], 0)
})

test('a note to a program is one line of JSON', async (t) => {
  const { out, text } = stream(false)
  new JsonReporter(out).note('waiting for process 7')
  await new Promise(setImmediate)
  t.is(text(), '{"event":"note","text":"waiting for process 7"}\n')
})

test('tables are aligned, durations are rounded and long statements are cut', (t) => {
  t.is(
    table(
      ['a', 'long one'],
      [
        ['x', '1'],
        ['yyy', ''],
      ],
    ),
    'a    long one\nx    1\nyyy',
  )
  t.deepEqual([999, 1000, 59_940, 59_990, 61_000, 119_600, 7_260_000].map(duration), [
    '999 ms',
    '1.0 s',
    '59.9 s',
    '1 min 0 s',
    '1 min 1 s',
    '2 min 0 s',
    '2 h 1 min',
  ])
  t.deepEqual(statementLines([]), ['nothing would be sent'])
  const long = `SELECT ${'x'.repeat(400)}`
  t.deepEqual(
    statementLines([
      { sql: 'DELETE', times: 1, rows: 1 },
      { sql: long, times: 3, rows: 0 },
    ]),
    ['1 row: DELETE', `0 rows in 3 statements: ${long.slice(0, 300)} …`],
  )
})
