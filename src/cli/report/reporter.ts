import type { Failure } from '../../migrate/failure.js'
import type { Ended, RunEvent } from '../../migrate/run/events.js'
import type { Host } from '../settings.js'
import { BarReporter } from './bars.js'
import { JsonReporter } from './json.js'
import { PlainReporter } from './plain.js'
/** How a command tells what it does. */
export interface Reporter {
  event(event: RunEvent): void
  /** A question of a script, which waits for the answer. */
  question(script: string | null, text: string): void
  /** Something to know, from the command itself. */
  note(text: string): void
  /** Everything is over: what became of each script. */
  summary(ended: readonly Ended[]): void
  /** What the command was for, for those that only look: a table, or an object for a program. */
  result(value: object, table: () => string): void
  failure(failure: Failure): void
}

/** Bars on a terminal, lines elsewhere, JSON where a program reads. */
export function reporterFor({ json }: { readonly json?: boolean }, { stdout, stderr, env }: Host): Reporter {
  if (json) return new JsonReporter(stdout)
  const Kind = stdout.isTTY && !env.CI ? BarReporter : PlainReporter
  return new Kind(stdout, stderr)
}
