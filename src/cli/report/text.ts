import Table from 'cli-table3'
import type { Ended, SentStatement } from '../../migrate/run/events.js'
/** Rows of text under a head, with no lines between them. */
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const none = Object.fromEntries(borders.map((name) => [name, '']))
  const made = new Table({
    head: [...head],
    chars: { ...none, middle: '  ' } as Table.TableConstructorOptions['chars'],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  for (const line of lines) made.push([...line])
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

const borders = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
]

export function summaryTable(ended: readonly Ended[]): string {
  return table(
    ['script', 'outcome', 'rows', 'took'],
    ended.map(({ script, outcome, processed, duration: took }) => [
      script,
      outcome,
      processed === null ? '' : String(processed),
      outcome === 'skipped' ? '' : duration(took),
    ]),
  )
}

/** What a dry run has sent, a line a statement. */
export function statementLines(statements: readonly SentStatement[]): string[] {
  if (statements.length === 0) return ['nothing would be sent']
  return statements.map(({ sql, times, rows: count }) => {
    const text = sql.length > widest ? `${sql.slice(0, widest)} …` : sql
    return `${rows(count)}${times > 1 ? ` in ${times} statements` : ''}: ${text}`
  })
}

const widest = 300

export function noScripts(dir: string): string {
  return `no scripts in ${dir}`
}

export function rows(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`
}

export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds} ms`
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`
  return wholeSeconds(Math.round(milliseconds / 1000))
}

/** Time to come, which is not known to the tenth. */
export function timeLeft(milliseconds: number): string {
  return `${wholeSeconds(Math.ceil(milliseconds / 1000))} left`
}

function wholeSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
