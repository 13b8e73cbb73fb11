import type { ComputedField } from '../driver/driver.js'
import { ArgumentError, InvalidRequestError, UnmappedModelError } from '../errors.js'
import type { Model, Models, ScalarField } from '../model/model.js'
import { Events } from './events.js'
import { IdentityMap } from './identity-map.js'
import type { EntityState } from './state.js'
import type { TransactionState } from './transaction-state.js'

/** Everything one session knows. The verbs beside this file are functions of it; none of them does I/O. */
export class SessionCore {
  readonly models: Models
  readonly options: CoreOptions
  readonly isAsync: boolean
  readonly identityMap: IdentityMap
  readonly events: Events
  /** Added and not flushed yet, in the order of `add`. */
  readonly pending = new Set<EntityState>()
  /** Marked by `delete` and not flushed yet. */
  readonly marked = new Set<EntityState>()
  /** The innermost transaction or savepoint. */
  transaction: TransactionState | null = null
  /** Transactions of the callback forms that are running, innermost last. */
  readonly blocks: TransactionState[] = []
  autoflush: boolean
  /** How many `noAutoflush` scopes are open. */
  withoutAutoflush = 0
  isFlushing = false
  isClosedForGood = false
  readonly info: Record<string | symbol, unknown>
  /** The proxy that users hold was collected: its objects count as detached. */
  isAbandoned = false
  /** Warnings that wait for the first use, when a listener may be there. */
  readonly notices: string[] = []
  #face: WeakRef<object>
  /** Whether a failed statement leaves the server's transaction unusable. */
  readonly abortsOnError: boolean
  readonly exactText: boolean
  /** Whether writes can return their rows. */
  readonly hasReturning: boolean
  /** The client is a transaction of somebody else's: what the session begins is a savepoint in it. */
  readonly isOutside: boolean
  /** A value given to Prisma, in the form in which Prisma returns it. */
  readonly asLoaded: (field: ScalarField, value: unknown) => unknown
  /** What the client's result extensions add to a model's rows. */
  readonly computedFields: (model: Model) => Readonly<Record<string, ComputedField>>

  constructor(setting: CoreSetting, options: CoreOptions) {
    this.models = setting.models
    this.isAsync = setting.isAsync
    this.abortsOnError = setting.abortsOnError
    this.exactText = setting.exactText
    this.hasReturning = setting.hasReturning
    this.isOutside = setting.isOutside
    this.computedFields = setting.computedFields
    this.asLoaded = setting.asLoaded
    this.options = options
    this.identityMap = new IdentityMap(options.identityMap === 'weak')
    this.autoflush = options.autoflush
    this.info = { ...options.info }
    this.#face = new WeakRef(this)
    this.events = new Events(() => this.face)
  }

  /** What the user holds: the proxy. Hooks are given it. Held weakly, so that a dropped session can be noticed. */
  get face(): object {
    return this.#face.deref() ?? this
  }

  set face(face: object) {
    this.#face = new WeakRef(face)
  }

  model(name: unknown): Model {
    const model = typeof name === 'string' ? this.models.get(name) : undefined
    if (model) return model
    const known = [...this.models.all()].map((each) => each.name).join(', ')
    throw new UnmappedModelError(
      `${typeof name === 'string' ? `no model '${name}'` : 'no model name'} in the schema: use one of ${known}`,
    )
  }

  /** The model's version field, when the session was told of one. */
  versionField(model: Model): string | undefined {
    return this.options.versionFields[model.name]
  }

  get flushesBeforeQueries(): boolean {
    return this.autoflush && this.withoutAutoflush === 0 && !this.isFlushing
  }

  refuseWhenClosed(): void {
    if (this.isClosedForGood)
      throw new InvalidRequestError('this session is permanently closed (closeResetsOnly: false): make a new one')
  }
}

/** What the session needs to know of its surroundings. */
export interface CoreSetting {
  readonly models: Models
  readonly isAsync: boolean
  readonly abortsOnError: boolean
  readonly exactText: boolean
  readonly hasReturning: boolean
  readonly isOutside: boolean
  readonly asLoaded: SessionCore['asLoaded']
  readonly computedFields: SessionCore['computedFields']
}

/** The session's options with every default in place. */
export interface CoreOptions {
  readonly autoflush: boolean
  readonly autobegin: boolean
  readonly expireOnCommit: 'stale' | boolean
  readonly identityMap: 'strong' | 'weak'
  readonly isolationLevel?: string
  readonly maxWait?: number
  readonly timeout: number
  readonly versionFields: Readonly<Record<string, string>>
  readonly closeResetsOnly: boolean
  readonly confirmDeletedRows: boolean
  readonly info: object
}

/** Prisma's own maximum: timers of 2^31 ms and more overflow to 1 ms. */
const noLimit = 2_147_483_647

/** Refuses times that Prisma would take for something else: 2^31 and Infinity become 1 ms. */
export function checkTimes(options: { readonly timeout?: unknown; readonly maxWait?: unknown }): void {
  for (const name of ['timeout', 'maxWait'] as const) {
    const value = options[name]
    if (value === undefined || (Number.isInteger(value) && (value as number) > 0 && (value as number) <= noLimit))
      continue
    throw new ArgumentError(`option ${name} cannot be ${String(value)}: use milliseconds from 1 to ${noLimit}`)
  }
}

/** Checks a session's options at the door and fills in the defaults. */
export function coreOptions(given: Readonly<Record<string, unknown>>, models: Models): CoreOptions {
  const options: CoreOptions = {
    autoflush: true,
    autobegin: true,
    expireOnCommit: 'stale',
    identityMap: 'strong',
    timeout: noLimit,
    versionFields: {},
    closeResetsOnly: true,
    confirmDeletedRows: true,
    info: {},
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
  for (const [name, allowed] of Object.entries(allowedValues)) {
    const value = options[name as keyof CoreOptions]
    if (!allowed.includes(value))
      throw new ArgumentError(`option ${name} cannot be ${String(value)}: use ${allowed.map(String).join(' or ')}`)
  }
  checkTimes(options)
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
  autobegin: flags,
  expireOnCommit: ['stale', true, false],
  identityMap: ['strong', 'weak'],
  closeResetsOnly: flags,
  confirmDeletedRows: flags,
}
