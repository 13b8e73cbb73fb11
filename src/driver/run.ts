import type { DatabaseEffect, Outcome, Steps, UserCall } from './effects.js'
/** Runs a verb against an asynchronous driver, from its beginning or from a first step already taken. */
export async function runAsync<T>(
  steps: Steps<T>,
  perform: Performer<unknown>,
  first?: ReturnType<Steps<T>['next']>,
): Promise<T> {
  let step = first ?? steps.next()
  while (!step.done) {
    let answer: unknown
    try {
      answer = await performed(step.value, perform)
    } catch (error) {
      settle(step.value, perform, { ok: false, error })
      step = steps.throw(error)
      continue
    }
    settle(step.value, perform, { ok: true, value: answer })
    step = steps.next(answer)
  }
  return step.value
}

/** Runs a verb against a blocking driver. */
export function runSync<T>(steps: Steps<T>, perform: Performer<unknown>): T {
  let step = steps.next()
  while (!step.done) {
    let answer: unknown
    try {
      answer = performed(step.value, perform)
    } catch (error) {
      settle(step.value, perform, { ok: false, error })
      step = steps.throw(error)
      continue
    }
    settle(step.value, perform, { ok: true, value: answer })
    step = steps.next(answer)
  }
  return step.value
}

/** What carries out effects: the driver, and the one who calls the user's code in the right scope. */
export interface Performer<Answer> {
  database(effect: DatabaseEffect): Answer
  user(call: UserCall): Answer
  /** Called when an effect of the database has been carried out, or has failed. */
  settled?(effect: DatabaseEffect, outcome: Outcome): void
}

function settle(effect: DatabaseEffect | UserCall, perform: Performer<unknown>, outcome: Outcome): void {
  if (effect.kind !== 'call') perform.settled?.(effect, outcome)
}

function performed<Answer>(effect: DatabaseEffect | UserCall, perform: Performer<Answer>): Answer {
  return effect.kind === 'call' ? perform.user(effect) : perform.database(effect)
}
