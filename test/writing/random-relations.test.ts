// Random programs over relations and keys: moves, swaps, changed keys, deletes, rows switched, savepoints and rollbacks.
// After each flush the tables, and the objects of the session, are what a model of them in memory expects.
import fc from 'fast-check'
import { entity, inspect } from '../../src/index.js'
import type { Model, Relation } from '../../src/model/model.js'
import { type Related, related } from '../helpers/related.js'
import { models, owning, type Thing, World } from './related-world.js'

const actions = [
  ...(['add', 'add', 'add', 'add', 'point', 'point', 'point', 'point', 'list', 'list', 'rekey', 'rekey'] as const),
  ...(['link', 'rename', 'delete', 'delete', 'deleteAll', 'deleteAll', 'load', 'flush', 'flush', 'flush'] as const),
  ...(['commit', 'rollback', 'savepoint', 'release', 'undo'] as const),
]

type Action = (typeof actions)[number]
type Program = readonly (readonly [Action, number, number, number])[]

const seed = Number(process.env.FUZZ_SEED ?? 20240301)
const numRuns = Number(process.env.FUZZ_RUNS ?? 40)
const numbers = fc.nat(60)
const step = fc.tuple(fc.constantFrom(...actions), numbers, numbers, numbers)
/** Few models at a time, so that rows meet. */
const families = fc.constantFrom(
  ['Person', 'Paper', 'Mark', 'Badge'],
  ['Team', 'Plan'],
  ['Order', 'Line', 'Part'],
  ['Tenancy', 'Member', 'Project', 'Task'],
  ['Link'],
  ['Place', 'Branch', 'Seat'],
  ['Person', 'Badge', 'Order', 'Line', 'Link'],
)

for (const options of [{}, { session: { versionFields: { Plan: 'version', Branch: 'version' } } }]) {
  related(
    `random programs over relations leave the expected rows and objects${options.session ? ', with versions' : ''}`,
    async (t, x) => {
      const programs = fc.array(step, { minLength: 5, maxLength: 40, size: 'max' })
      await fc.assert(
        fc.asyncProperty(families, programs, (names, program) => run(x, names, program)),
        {
          seed,
          numRuns,
          endOnFailure: process.env.FUZZ_RUNS === undefined,
          includeErrorInReport: true,
        },
      )
      t.pass()
    },
    options,
  )
}

async function run(x: Related, names: readonly string[], program: Program): Promise<void> {
  const player = new Player(
    x,
    names.map((name) => models.get(name) as Model),
  )
  const warned = x.warnings.length
  try {
    for (const [action, ...numbers] of program) await player.play(action, ...numbers)
    await player.play('commit', 0, 0, 0)
    if (x.warnings.length > warned) throw new Error(`a warning: ${x.warnings.at(-1)}`)
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${player.story.join('\n')}`, { cause: error })
  } finally {
    await x.session.close()
    await empty(x)
  }
}

async function empty({ raw }: Related): Promise<void> {
  await raw.task.deleteMany()
  for (const name of ['person', 'team', 'link', 'place'] as const) {
    const field = { person: 'pinnedId', team: 'planId', link: 'nextId', place: 'partOf' }[name]
    await (raw[name] as typeof raw.link).updateMany({ data: { [field]: null } })
  }
  for (const name of [
    'paper',
    'mark',
    'person',
    'team',
    'order',
    'tenancy',
    'link',
    'place',
    'branch',
    'seat',
  ] as const)
    await (raw[name] as typeof raw.link).deleteMany()
}

type Delegate = { findMany(args?: object): Promise<Record<string, unknown>[]> }

class Player {
  readonly story: string[] = []
  readonly #x: Related
  readonly #models: readonly Model[]
  #world = new World()
  /** As of the last flush. */
  #flushed = this.#world
  #committed = this.#world
  readonly #savepoints: { world: World; handle: { commit(): unknown; rollback(): unknown } }[] = []
  readonly #names = new Map<Thing, string>()
  #count = 0
  /** What has been done since the last flush, and cannot be done in another way as well. */
  #changed = new Map<string, 'object' | 'key' | 'list'>()
  #rekeyed = new Set<Thing>()
  #pointedByKey = new Set<Thing>()
  #explicit = new Set<Thing>()

  constructor(x: Related, models: readonly Model[]) {
    this.#x = x
    this.#models = models
  }

  async play(action: Action, a: number, b: number, c: number): Promise<void> {
    const { session } = this.#x
    const things = [...this.#world.rows.keys()]
    const thing = things[a % Math.max(1, things.length)]
    switch (action) {
      case 'add':
        this.#add(this.#models[a % this.#models.length] as Model, b, c)
        return
      case 'flush':
        this.#tell('flush')
        await session.flush()
        return this.#checkAll()
      case 'commit':
        this.#tell('commit')
        await session.commit()
        this.#savepoints.length = 0
        await this.#checkAll()
        this.#committed = this.#world
        return
      case 'rollback':
        this.#tell('rollback')
        await session.rollback()
        this.#savepoints.length = 0
        return this.#goBack(this.#committed)
      case 'savepoint': {
        this.#tell('savepoint')
        const handle = await session.beginNested()
        await this.#checkAll()
        this.#savepoints.push({ world: this.#world, handle })
        return
      }
      case 'release': {
        const savepoint = this.#savepoints.pop()
        if (!savepoint) return
        this.#tell('release')
        await savepoint.handle.commit()
        return this.#checkAll()
      }
      case 'undo': {
        const savepoint = this.#savepoints.pop()
        if (!savepoint) return
        this.#tell('undo')
        await savepoint.handle.rollback()
        return this.#goBack(savepoint.world)
      }
    }
    if (!thing) return
    if (action === 'point') this.#point(thing, b, c)
    else if (action === 'list') this.#moveByList(thing, b, c)
    else if (action === 'rekey') this.#rekey(thing, b, c)
    else if (action === 'link') this.#link(thing, b)
    else if (action === 'rename') this.#rename(thing)
    else if (action === 'load') await this.#load(thing, b)
    else await this.#delete(thing, action === 'deleteAll')
  }

  #add(model: Model, b: number, c: number): Thing | null {
    const data: Record<string, unknown> = {}
    const own: Record<string, unknown> = {}
    const to: Record<string, Thing | null> = {}
    for (const relation of owning(model)) {
      const targets = this.#world.things(relation.target)
      let target: Thing | null =
        targets[(relation.isRequired ? b : b + c) % (targets.length + (relation.isRequired ? 0 : 1))] ?? null
      if (!target && relation.isRequired) target = this.#add(relation.target, b, c)
      if (!target && relation.isRequired) return null
      to[relation.name] = target
    }
    if (model.name === 'Task') {
      to.tenancy = this.#world.to(to.member as Thing, 'tenancy')
      if (to.project && this.#world.to(to.project, 'tenancy') !== to.tenancy) to.project = null
    }
    for (const { name, default: made, isRequired, type } of model.scalars) {
      if (owning(model).some(({ fields }) => fields.includes(name))) continue
      if (made.kind === 'literal') own[name] = name === 'version' ? 1 : made.value
      else if (made.kind === 'generated') own[name] = undefined
      else own[name] = !isRequired ? null : type === 'Int' ? (c % 4) + 1 : `${model.name} ${c % 6}`
    }
    if (model.key.join() === 'id' && c % 5 === 0) {
      const [free] = this.#freed(model)
      if (free !== undefined) own.id = free
    }
    const thing: Thing = { model, number: ++this.#count, object: entity(model.name, data) as Record<string, unknown> }
    const world = this.#world.add(thing, own, to)
    if (!world.isUnique(model)) return null
    for (const [name, value] of Object.entries(own)) if (value !== undefined && name !== 'version') data[name] = value
    for (const [name, target] of Object.entries(to)) {
      if (target) data[name] = target.object
      else if (b % 2 === 0) data[name] = null
    }
    for (const { isList, name } of model.relations) if (isList && c % 2 === 0) data[name] = []
    this.#names.set(thing, `${model.name.toLowerCase()}${thing.number}`)
    this.#tell(`add ${this.#name(thing)} ${JSON.stringify(own)} ${this.#pointers(to)}`)
    this.#x.session.add(thing.object as never)
    if (Object.hasOwn(own, 'id')) this.#rekeyed.add(thing)
    this.#world = world
    return thing
  }

  #point(thing: Thing, b: number, c: number): void {
    const relations = owning(thing.model)
    const relation = relations[b % Math.max(1, relations.length)]
    if (!relation) return
    const targets = this.#world.things(relation.target)
    const target = targets[c % (targets.length + (relation.isRequired ? 0 : 1))] ?? null
    if (!target && relation.isRequired) return
    const isByKey = b % 3 === 0 && relation.fields.length === 1 && (!target || this.#hasKnownKey(target))
    const method = isByKey ? 'key' : 'object'
    const world = this.#pointed(thing, relation, target, method)
    if (!world) return
    if (isByKey) {
      if (target) this.#pointedByKey.add(target)
      const value = target ? this.#world.column(target, relation.references[0] as string) : null
      this.#tell(`${this.#name(thing)}.${relation.fields[0]} = ${value}`)
      thing.object[relation.fields[0] as string] = value
    } else {
      this.#tell(`${this.#name(thing)}.${relation.name} = ${target ? this.#name(target) : null}`)
      thing.object[relation.name] = target?.object ?? null
    }
    this.#accept(thing, relation, world, method)
  }

  #moveByList(thing: Thing, b: number, c: number): void {
    const relations = owning(thing.model).filter(({ inverse }) => inverse.isList)
    const relation = relations[b % Math.max(1, relations.length)]
    if (!relation) return
    const targets = this.#world.things(relation.target).filter((each) => this.#list(each, relation.inverse))
    const target = targets[c % (targets.length + (relation.isRequired ? 0 : 1))] ?? null
    const from = this.#world.to(thing, relation.name)
    const list = from && this.#list(from, relation.inverse)
    if (from === target || (!target && (relation.isRequired || !list?.includes(thing.object)))) return
    const world = this.#pointed(thing, relation, target, 'list')
    if (!world) return
    this.#tell(
      `${this.#name(thing)} from list of ${from && this.#name(from)} to that of ${target && this.#name(target)}`,
    )
    if (list?.includes(thing.object)) list.splice(list.indexOf(thing.object), 1)
    if (target) this.#list(target, relation.inverse)?.push(thing.object)
    this.#accept(thing, relation, world, 'list')
  }

  /** The world with a moved foreign key, where that is possible. */
  #pointed(thing: Thing, relation: Relation, target: Thing | null, method: 'object' | 'key' | 'list'): World | null {
    const before = this.#changed.get(`${this.#name(thing)}.${relation.name}`)
    if (before && (before !== method || method === 'list')) return null
    // A new object's pointer has been set when it was added.
    if (!before && method !== 'object' && !this.#flushed.has(thing)) return null
    if (!this.#flushed.has(thing) && method === 'list') return null
    if (this.#world.to(thing, relation.name) === target) return null
    const isInKey = relation.fields.some((name) => thing.model.key.includes(name))
    if (isInKey && (this.#rekeyed.has(thing) || !this.#canRekey(thing, relation.fields))) return null
    let world = this.#world.point(thing, relation.name, target)
    const { name } = thing.model
    if (name === 'Task') {
      if (relation.name === 'tenancy') return null
      if (relation.name === 'project' && target && world.to(target, 'tenancy') !== world.to(thing, 'tenancy'))
        return null
      if (relation.name === 'member') {
        const tenancy = world.to(target as Thing, 'tenancy')
        if (tenancy !== world.to(thing, 'tenancy') && (world.to(thing, 'project') || method === 'list')) return null
        if (this.#changed.has(`${this.#name(thing)}.project`)) return null
        world = world.point(thing, 'tenancy', tenancy)
      }
    }
    if (name === 'Member' && relation.name === 'tenancy') {
      for (const [task] of world.referrers(thing)) {
        if (world.to(task, 'project') || !this.#flushed.has(task)) return null
        for (const each of ['member', 'project', 'tenancy'])
          if (this.#changed.has(`${this.#name(task)}.${each}`)) return null
        world = world.point(task, 'tenancy', target)
      }
    }
    return this.#allUnique(world) ? world : null
  }

  #accept(thing: Thing, relation: Relation, world: World, method: 'object' | 'key' | 'list'): void {
    this.#changed.set(`${this.#name(thing)}.${relation.name}`, method)
    if (relation.fields.some((name) => thing.model.key.includes(name))) this.#rekeyed.add(thing)
    this.#world = world
  }

  #rekey(thing: Thing, b: number, c: number): void {
    const { model } = thing
    const fields = model.name === 'Place' ? ['code'] : model.key.filter((name) => !this.#isForeign(model, name))
    const field = fields[b % Math.max(1, fields.length)]
    if (field === undefined || this.#rekeyed.has(thing) || !this.#canRekey(thing, [field])) return
    if (model.name === 'Tenancy' && this.#world.things(models.get('Task') as Model).length > 0) return
    const freed = field === 'id' ? this.#freed(model) : []
    const fresh = field === 'code' ? `code ${++this.#count}` : -++this.#count
    const value = b % 2 === 0 && freed.length > 0 ? freed[c % freed.length] : fresh
    const world = this.#world.set(thing, field, value)
    if (!this.#allUnique(world)) return
    this.#tell(`${this.#name(thing)}.${field} = ${value}`)
    thing.object[field] = value
    this.#rekeyed.add(thing)
    this.#world = world
  }

  #isForeign(model: Model, field: string): boolean {
    return owning(model).some(({ fields }) => fields.includes(field))
  }

  /** Rows that the database does not carry along must not point there, and no row by the old value. */
  #canRekey(thing: Thing, fields: readonly string[]): boolean {
    if (this.#pointedByKey.has(thing)) return false
    return this.#world.referrers(thing).every(([child, { references, onUpdate, fields: pointers }]) => {
      if (!references.some((name) => fields.includes(name))) return true
      if (onUpdate !== 'Cascade') return false
      const moved = pointers.filter((name) => child.model.key.includes(name))
      return moved.length === 0 || this.#canRekey(child, moved)
    })
  }

  #allUnique(world: World): boolean {
    return this.#models.every((model) => world.isUnique(model))
  }

  /** Keys that rows have given up since the last flush. */
  #freed(model: Model): number[] {
    const now = new Set(this.#world.things(model).map((thing) => this.#world.column(thing, 'id')))
    const before = this.#flushed.things(model).map((thing) => this.#flushed.column(thing, 'id') as number)
    return before.filter((id) => !now.has(id))
  }

  #link(thing: Thing, b: number): void {
    const relation = thing.model.relations.find(({ isManyToMany }) => isManyToMany)
    const list = relation && this.#list(thing, relation)
    if (!relation || !list) return
    const others = this.#world.things(relation.target)
    const other = others[b % Math.max(1, others.length)]
    if (!other) return
    const [paper, mark] = thing.model.name === 'Paper' ? [thing, other] : [other, thing]
    const pair = `${this.#name(paper)} ${this.#name(mark)}`
    if (this.#changed.has(pair)) return
    const isLinked = list.includes(other.object)
    if (isLinked !== Boolean(this.#world.links.get(paper)?.has(mark))) return
    this.#tell(`${isLinked ? 'unlink' : 'link'} ${pair}`)
    if (isLinked) list.splice(list.indexOf(other.object), 1)
    else list.push(other.object)
    this.#changed.set(pair, 'list')
    this.#world = this.#world.link(paper, mark, !isLinked)
  }

  #rename(thing: Thing): void {
    const field = thing.model.scalars.find(({ default: made, name }) => made.kind === 'literal' && name !== 'version')
    if (!field) return
    const value = field.type === 'Int' ? ++this.#count : `renamed ${++this.#count}`
    this.#tell(`${this.#name(thing)}.${field.name} = ${value}`)
    thing.object[field.name] = value
    this.#world = this.#world.set(thing, field.name, value)
  }

  async #load(thing: Thing, b: number): Promise<void> {
    const relation = thing.model.relations[b % thing.model.relations.length]
    if (!relation) return
    this.#tell(`load ${this.#name(thing)}.${relation.name}`)
    await this.#x.session.flush()
    await this.#checkAll()
    if (!this.#world.has(thing)) return
    await this.#x.session.refresh(thing.object as never, [relation.name] as never)
    this.#checkMemory()
  }

  async #delete(thing: Thing, withReferrers: boolean): Promise<void> {
    const chosen = new Set([thing])
    if (withReferrers)
      for (const each of chosen) {
        for (const [child] of this.#world.referrers(each)) chosen.add(child)
        if (this.#flushed.has(each))
          for (const [child] of this.#flushed.referrers(each)) if (this.#world.has(child)) chosen.add(child)
      }
    // A new object has no row to delete; what goes with others would be in the way of it.
    const all = this.#world.withCascades(chosen)
    if ([...all].some((each) => !this.#flushed.has(each))) return
    const explicit = new Set([...this.#explicit, ...chosen])
    if (!this.#world.canDelete(chosen) || !this.#flushed.canDelete(explicit)) return
    this.#tell(`delete ${[...chosen].map((each) => this.#name(each)).join()}`)
    for (const each of chosen) await this.#x.session.delete(each.object as never)
    this.#explicit = explicit
    this.#world = this.#world.delete(chosen)
  }

  #list(thing: Thing, { name }: Relation): object[] | undefined {
    if (inspect(thing.object).expired.includes(name)) return undefined
    const list = thing.object[name]
    return Array.isArray(list) ? list : undefined
  }

  #hasKnownKey(thing: Thing): boolean {
    return this.#flushed.has(thing) && !this.#rekeyed.has(thing)
  }

  #settled(world: World): void {
    this.#world = world
    this.#flushed = world
    this.#changed = new Map()
    this.#rekeyed = new Set()
    this.#pointedByKey = new Set()
    this.#explicit = new Set()
  }

  async #goBack(world: World): Promise<void> {
    this.#settled(world)
    this.#checkMemory()
    await this.#checkTables()
  }

  async #checkAll(): Promise<void> {
    let world = this.#world
    // What the database made is taken over once.
    for (const thing of world.rows.keys())
      for (const { name, default: made } of thing.model.scalars)
        if (made.kind === 'generated' && world.column(thing, name) === undefined)
          world = world.set(thing, name, thing.object[name])
    this.#settled(world)
    this.#checkMemory()
    await this.#checkTables()
    const again = this.#x.session.explain()
    if (again.length > 0) throw new Error(`a second flush would write ${JSON.stringify(again)}`)
  }

  #checkMemory(): void {
    const { session } = this.#x
    for (const thing of this.#world.rows.keys()) {
      const { model, object } = thing
      const { state, key, expired } = inspect(object)
      const name = this.#name(thing)
      same(`${name}: state`, state, 'persistent')
      same(`${name}: key`, JSON.stringify(key), JSON.stringify(this.#world.key(thing)))
      const [first, ...rest] = key as unknown[]
      const found = session.identityMap.get(model.name as never, (rest.length === 0 ? first : key) as never)
      same(`${name}: in the map`, found === (object as unknown), true)
      for (const [field, value] of Object.entries(this.#world.columns(thing)))
        if (field !== 'version' && !expired.includes(field)) same(`${name}.${field}`, object[field], value)
      for (const relation of model.relations) {
        if (expired.includes(relation.name) || object[relation.name] === undefined) continue
        const members = this.#world.members(thing, relation).map((each) => this.#name(each))
        const held = [object[relation.name]].flat().filter((each) => each !== null)
        same(
          `${name}.${relation.name}`,
          held
            .map((each) => this.#nameOf(each))
            .sort()
            .join(),
          members.sort().join(),
        )
      }
    }
    same('dirty', session.dirty.size, 0)
    same('size', session.identityMap.size, this.#world.rows.size)
  }

  async #checkTables(): Promise<void> {
    for (const model of this.#models) {
      const delegate = (this.#x.session as unknown as Record<string, Delegate>)[model.delegate] as Delegate
      const isLinked = model.name === 'Paper'
      const rows = await delegate.findMany(isLinked ? { include: { marks: true } } : {})
      const expected = this.#world.things(model).map((thing) => ({
        ...this.#world.columns(thing),
        ...(isLinked && { marks: [...(this.#world.links.get(thing) ?? [])].map((mark) => this.#world.columns(mark)) }),
      }))
      same(`rows of ${model.name}`, textOf(rows), textOf(expected))
    }
  }

  #tell(what: string): void {
    this.story.push(what)
  }

  #name(thing: Thing): string {
    return this.#names.get(thing) as string
  }

  #nameOf(object: unknown): string {
    for (const [thing, name] of this.#names) if (thing.object === object) return name
    return 'an unknown object'
  }

  #pointers(to: Readonly<Record<string, Thing | null>>): string {
    return Object.entries(to)
      .map(([name, target]) => `${name}: ${target ? this.#name(target) : null}`)
      .join(' ')
  }
}

/** Rows in no order; versions are left out, which other tests are about. */
function textOf(rows: readonly Record<string, unknown>[]): string {
  const text = ({ version: _, ...row }: Record<string, unknown>): string =>
    JSON.stringify(
      Object.entries(row).map(([name, value]) => [name, Array.isArray(value) ? value.map(text).sort() : value]),
    )
  return rows.map(text).sort().join('\n')
}

function same(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: expected ${String(expected)}, got ${String(actual)}`)
}
