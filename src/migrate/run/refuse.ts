import { Failure } from '../failure.js'
import type { Entry, Plan } from '../plan.js'
import type { Direction } from './events.js'
/** Refuses to go on where files and ledger disagree, unless the command says that it may. */
export function refuseProblems(plan: Plan, allowed: Allowed): void {
  const found = plan.problems.flatMap((entry) => {
    const problem = problemOf(entry, allowed)
    return problem === null ? [] : [problem]
  })
  if (found.length === 0) return
  throw new Failure('DISAGREES', `${found.join('\n')}\nNothing was run`)
}

/** Refuses to undo a script that is half done: its down would meet what its up has not done, and its place would be lost. */
export function refuseHalfDone(unfinished: readonly Entry[]): void {
  const found = unfinished.filter(({ row }) => row?.cursor != null).map(halfDone)
  if (found.length > 0) throw new Failure('DISAGREES', `${found.join('\n')}\nNothing was run`)
}

function halfDone({ name, row, isChanged, isLate }: Entry): string {
  const flags = `${isChanged ? ' --allow-changed' : ''}${isLate ? ' --allow-out-of-order' : ''}`
  return `${name} is half done: it was stopped after ${row?.processed ?? 0} rows, which are committed and stay. Finish it with prisma-session migrate up --to ${name}${flags}, and run the same command again; or give it up with prisma-session migrate repair ${name}, which leaves these rows as they are`
}

export interface Allowed {
  /** Null where nothing is to be run. */
  readonly direction: Direction | null
  readonly allowsChanged: boolean
  readonly allowsLate: boolean
}

/** What is wrong with a script, and the way out; null where nothing is, or where it is allowed. */
export function problemOf(
  { name, state, newName, isChanged, isLate, row }: Entry,
  { direction, allowsChanged, allowsLate }: Allowed,
): string | null {
  const what = row?.finishedAt ? 'has run' : 'has begun'
  if (state === 'missing') {
    return newName === null
      ? `${name} ${what}, and its file is gone: put it back; or, where it has a new name and another text, note that as done with prisma-session migrate baseline --to <name>; then take the old one out of the ledger with prisma-session migrate repair ${name}`
      : `${name} ${what}, and its file is now called ${newName}, with the same text: give it its old name back, or rename it in the ledger with prisma-session migrate repair ${name}, so that it does not run twice`
  }
  if (isChanged && !allowsChanged) {
    if (state === 'reverting') {
      return `${name} has changed since its down was stopped: go on with the new text by prisma-session migrate down --allow-changed`
    }
    return state === 'done' || state === 'baseline'
      ? `${name} has changed since it ran: put its text back and write a new script; or take the new text as it is with prisma-session migrate repair ${name}; or leave it for this once with --allow-changed`
      : `${name} has changed since it was stopped after ${row?.processed ?? 0} rows, which are committed: go on from there with the new text by --allow-changed, or begin anew with prisma-session migrate repair ${name}`
  }
  if (state === 'reverting' && direction !== 'down') {
    return `${name} was being undone, and its down was stopped after ${row?.processed ?? 0} rows: go on with prisma-session migrate down`
  }
  if (isLate && !allowsLate && direction !== 'down') {
    return `${name} has not run, and scripts that come after it have: give it a later name, or run it out of order with --allow-out-of-order`
  }
  return null
}
