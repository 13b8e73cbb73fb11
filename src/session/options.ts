import { defaultCloseTimeout } from '../driver/effects.js'
import type { Provider } from '../driver/providers.js'
import { ArgumentError } from '../errors.js'
import type { Models } from '../model/model.js'
/** The session's options with every default in place. */
export interface CoreOptions {
  readonly autoflush: boolean
  readonly autobegin: boolean | 'write'
  readonly expireOnCommit: 'stale' | boolean
  readonly isolationLevel?: string
  readonly maxWait?: number
  readonly timeout: number
  readonly idleWarning: number | false
  readonly closeTimeout: number
  readonly versionFields: Readonly<Record<string, string>>
  readonly closeResetsOnly: boolean
  readonly confirmDeletedRows: boolean
}

/** Prisma's own maximum: timers of 2^31 ms and more overflow to 1 ms. */
export const noLimit = 2_147_483_647

/** Refuses times that Prisma would take for something else: 2^31 and Infinity become 1 ms. */
export function checkTimes(options: {
  readonly timeout?: unknown
  readonly maxWait?: unknown
  readonly idleWarning?: unknown
  readonly closeTimeout?: unknown
}): void {
  for (const name of ['timeout', 'maxWait', 'idleWarning', 'closeTimeout'] as const) {
    const value = options[name]
    if (value === undefined || (name === 'idleWarning' && value === false)) continue
    if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= noLimit) continue
    throw new ArgumentError(`option ${name} cannot be ${String(value)}: use milliseconds from 1 to ${noLimit}`)
  }
}

/** Refuses a level that the database does not have, by the name that Prisma gives it. */
export function checkIsolationLevel({ name, isolationLevels }: Provider, level: unknown): void {
  if (level === undefined || isolationLevels.includes(level as string)) return
  throw new ArgumentError(
    `option isolationLevel cannot be ${String(level)} on ${name}: use ${isolationLevels.map((each) => `'${each}'`).join(', ')}`,
  )
}

/** Checks a session's options at the door and fills in the defaults. */
export function coreOptions(given: Readonly<Record<string, unknown>>, models: Models, provider: Provider): CoreOptions {
  const options: CoreOptions = {
    autoflush: true,
    autobegin: true,
    expireOnCommit: 'stale',
    timeout: noLimit,
    idleWarning: 10_000,
    closeTimeout: defaultCloseTimeout,
    versionFields: {},
    closeResetsOnly: true,
    confirmDeletedRows: true,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
  for (const [name, allowed] of Object.entries(allowedValues)) {
    const value = options[name as keyof CoreOptions]
    if (!allowed.includes(value))
      throw new ArgumentError(`option ${name} cannot be ${String(value)}: use ${allowed.map(String).join(' or ')}`)
  }
  checkTimes(options)
  checkIsolationLevel(provider, options.isolationLevel)
  for (const [model, field] of Object.entries(options.versionFields)) {
    const found = models.get(model)?.fields.get(field)
    if (found?.kind === 'scalar' && (found.type === 'Int' || found.type === 'BigInt')) continue
    throw new ArgumentError(`option versionFields: ${model}.${field} is not an Int field of the schema`)
  }
  return options
}

const flags = [true, false]

const allowedValues: Readonly<Record<string, readonly unknown[]>> = {
  autoflush: flags,
  autobegin: [true, false, 'write'],
  expireOnCommit: ['stale', true, false],
  closeResetsOnly: flags,
  confirmDeletedRows: flags,
}
