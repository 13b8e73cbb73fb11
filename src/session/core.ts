import type { ComputedField } from '../driver/driver.js'
import type { Provider } from '../driver/providers.js'
import { InvalidRequestError, UnmappedModelError } from '../errors.js'
import type { Model, Models, ScalarField } from '../model/model.js'
import type { Writer } from '../writing/writer.js'
import { Events } from './events.js'
import { IdentityMap } from './objects/identity-map.js'
import { PendingStates } from './objects/pending.js'
import type { EntityState } from './objects/state.js'
import type { CoreOptions } from './options.js'
import type { OpenStream } from './transaction/open-streams.js'
import type { TransactionState } from './transaction/transaction-state.js'
/** Everything one session knows. The verbs beside this file are functions of it; none of them does I/O. */
export class SessionCore {
  readonly models: Models
  readonly options: CoreOptions
  readonly isAsync: boolean
  readonly identityMap: IdentityMap
  readonly events: Events
  readonly pending = new PendingStates()
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
  /** Streams that are being read. */
  readonly streams = new Set<OpenStream>()
  isClosedForGood = false
  /** Loads the expired attributes of an object that one of them is read of; null where reading cannot wait. */
  loadNow: ((state: EntityState, name: string) => void) | null = null
  /** The proxy that users hold was collected: its objects count as detached. */
  isAbandoned = false
  /** Mistakes of the program that were warned of. */
  readonly mistakes = new Set<Mistake>()
  /** Warns of one. */
  onMistake: (kind: Mistake, message: string) => void = () => {}
  /** Warns that a connection was given up because the database did not answer. */
  onGivenUp: () => void = () => {}
  #face: WeakRef<object>
  /** What the database can do, and how. */
  readonly provider: Provider
  /** The client is a transaction of somebody else's: what the session begins is a savepoint in it. */
  readonly isOutside: boolean
  readonly hasQueryHooks: boolean
  /** There are no foreign keys: Prisma does what they would. */
  readonly emulatesRelations: boolean
  readonly writer: Writer
  /** A value given to Prisma, in the form in which Prisma returns it. */
  readonly asLoaded: (field: ScalarField, value: unknown) => unknown
  /** What the client's result extensions add to a model's rows. */
  readonly computedFields: (model: Model) => Readonly<Record<string, ComputedField>>

  constructor(setting: CoreSetting, options: CoreOptions) {
    this.models = setting.models
    this.isAsync = setting.isAsync
    this.provider = setting.provider
    this.isOutside = setting.isOutside
    this.hasQueryHooks = setting.hasQueryHooks
    this.emulatesRelations = setting.emulatesRelations
    this.writer = setting.writer
    this.computedFields = setting.computedFields
    this.asLoaded = setting.asLoaded
    this.options = options
    this.identityMap = new IdentityMap()
    this.autoflush = options.autoflush
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

  /** A model whose rows the session can manage. */
  model(name: unknown): Model {
    const model = this.readableModel(name)
    if (model.key.length > 0) return model
    throw new UnmappedModelError(
      `${model.name} has no @id and no @unique of required fields, so a session cannot manage its rows: read them by session.${model.delegate}, or by select('${model.name}', { track: false })`,
    )
  }

  /** A model that can be read, managed or not. */
  readableModel(name: unknown): Model {
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

  /** The option, false inside `noAutoflush`. */
  get isAutoflushing(): boolean {
    return this.autoflush && this.withoutAutoflush === 0
  }

  get flushesBeforeQueries(): boolean {
    return this.isAutoflushing && !this.isFlushing
  }

  refuseWhenClosed(): void {
    if (this.isClosedForGood)
      throw new InvalidRequestError(
        'this session is permanently closed (by closeResetsOnly: false, or with its scope): make a new one',
      )
  }
}

/** Work that was not committed, a change that comes too late to be written, rows that were read before. */
export type Mistake = 'unsaved' | 'lateChange' | 'reread'

/** What the session needs to know of its surroundings. */
export interface CoreSetting {
  readonly models: Models
  readonly isAsync: boolean
  readonly provider: Provider
  readonly isOutside: boolean
  readonly hasQueryHooks: boolean
  readonly emulatesRelations: boolean
  readonly writer: Writer
  readonly asLoaded: SessionCore['asLoaded']
  readonly computedFields: SessionCore['computedFields']
}
