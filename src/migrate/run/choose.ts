import { Failure } from '../failure.js'
import { nameOf } from '../files.js'
import type { Entry, Plan } from '../plan.js'
import type { Choice } from './job.js'
import { refuseHalfDone, refuseProblems } from './refuse.js'

/** Selects the scripts that a command runs, in order. Throws when files and ledger disagree. */
export function chooseScripts(plan: Plan, choice: Choice): readonly Entry[] {
  const { action, allowsChanged, allowsLate } = choice
  refuseHalfDone(unfinishedAbove(plan, choice))
  refuseProblems(plan, { direction: action === 'up' ? 'up' : 'down', allowsChanged, allowsLate })
  const { to, step } = choice
  const possible = action === 'up' ? plan.pending : plan.undoable
  if (action === 'down' && to === '0') return possible
  if (to === null) return possible.slice(0, step ?? (action === 'up' ? possible.length : 1))
  const at = possible.findIndex(({ name }) => name === nameOf(to))
  if (at < 0) return noneOf(to, plan, choice)
  return possible.slice(action === 'redo' ? at : 0, at + 1)
}

/**
 * Unfinished scripts that would have to be undone before, or with, those of the choice: undoing goes from the last script
 * to the first. None for `up`.
 */
export function unfinishedAbove({ undoable, unfinished }: Plan, { action, to, step }: Choice): readonly Entry[] {
  if (action === 'up') return []
  if (to === null) return from(undoable[(step ?? 1) - 1]?.name ?? '')
  if (action === 'down' && to === '0') return unfinished
  const name = nameOf(to)
  return [...undoable, ...unfinished].some((entry) => entry.name === name) ? from(name) : []

  function from(first: string): readonly Entry[] {
    return unfinished.filter((entry) => entry.name >= first)
  }
}

/** For `up`, a script that is done already is not an error. */
function noneOf(to: string, { entries }: Plan, { action, dir }: Choice): readonly Entry[] {
  const shown = action === 'redo' ? to : `--to ${to}`
  const known = entries.find(({ name }) => name === nameOf(to))
  if (!known) throw new Failure('USAGE', `${shown}: there is no script of that name in ${dir}`)
  if (action === 'up') return []
  const why = known.file?.isRepeatable
    ? 'repeatable scripts cannot be undone. To run it again, change its text and use migrate up'
    : `that script is not done (${known.state}), so there is nothing to undo`
  throw new Failure('USAGE', `${shown}: ${why}`)
}
