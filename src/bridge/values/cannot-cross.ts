import { BridgeError } from '../../errors.js'
/** What is thrown for a value that cannot cross, with the place where it stands. */
export function cannotCross(
  what: string,
  where: string,
  options: { remedy?: string; cause?: unknown } = {},
): BridgeError {
  const { remedy = 'pass plain data', ...rest } = options
  return new BridgeError(`${what} cannot cross to another thread${where && ` (at ${where})`}: ${remedy}`, rest)
}

/** Where a value stands: a step from the place around it. */
export interface Place {
  readonly around: Place | null
  /** A property, an index, or what makes the text of another kind of step. */
  readonly step: Step
  /** How many levels structured cloning will have to go down. */
  readonly depth: number
}

export type Step = string | number | (() => string)

/** The place one step, and so many levels, further in. */
export function below(around: Place | null, step: Step, levels = 1): Place {
  return { around, step, depth: (around?.depth ?? 0) + levels }
}

export type ShowPlace = (place: Place | null) => string

/** As one would write it: `data.items[2].fn`. */
export function shownPlace(place: Place | null): string {
  const steps: string[] = []
  for (let at = place; at; at = at.around) steps.unshift(shownStep(at.step))
  const all = steps.length > mostSteps ? [...steps.slice(0, mostSteps), ' …'] : steps
  return all.join('').replace(/^\./, '')
}

/** The same in a question to the other thread, of which only the arguments are the caller's. */
export function shownInArguments(place: Place | null): string {
  const shown = shownPlace(place)
  const [ours, index] = /^(?:question\.)?(?:call|effect\.calls\[\d+\])\.args\[(\d+)\]\.?/.exec(shown) ?? []
  if (ours === undefined) return shown
  const theirs = shown.slice(ours.length)
  if (index === '0' && theirs !== '') return theirs
  return `argument ${Number(index) + 1}${theirs && `: ${theirs}`}`
}

const mostSteps = 12

function shownStep(step: Step): string {
  if (typeof step === 'function') return step()
  if (typeof step === 'number') return `[${step}]`
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}

/** An object's class in messages. */
export function className(value: object): string {
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' ? name : Object.prototype.toString.call(value).slice(8, -1)
}

/** A value in messages, whatever it is. */
export function text(value: unknown): string {
  try {
    return typeof value === 'string' ? JSON.stringify(value) : String(value)
  } catch {
    return typeof value
  }
}
