// Random programs of writes, flushes and transactions on a graph, against a model of the expected rows and objects.
import fc from 'fast-check'
import { inspect } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import { mk } from '../helpers/entities.js'

/** What is expected of one object: its name, the one it points to, and its links. */
interface Expected {
  readonly name: string
  readonly to: Thing | null
  readonly links: ReadonlySet<Thing>
}

interface Thing {
  readonly model: 'User' | 'Post' | 'Node' | 'Tag'
  readonly object: { id: number; name: string; title: string; label: string } & Record<string, unknown>
}

type World = Map<Thing, Expected>

const nameField = { User: 'name', Post: 'title', Node: 'name', Tag: 'label' } as const
const pointer = { Post: 'author', Node: 'parent' } as const
const actions = [
  ...(['addUser', 'addPost', 'addNode', 'addTag', 'rename', 'rename', 'point', 'point', 'pointByKey'] as const),
  ...(['unpoint', 'link', 'link', 'unlink', 'push', 'take', 'delete', 'delete', 'flush', 'flush'] as const),
  ...(['commit', 'rollback', 'savepoint', 'release', 'undo'] as const),
]

type Action = (typeof actions)[number]

const seed = Number(process.env.FUZZ_SEED ?? 20240229)
const numRuns = Number(process.env.FUZZ_RUNS ?? 60)

behaviour('random programs leave the expected rows and objects', async (t, x) => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...actions), fc.nat(30), fc.nat(30)), { minLength: 4, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(steps, (program) => run(x, program)),
    { seed, numRuns, endOnFailure: process.env.FUZZ_RUNS === undefined, includeErrorInReport: true },
  )
  t.pass()
})

async function run(x: Context, program: readonly [Action, number, number][]): Promise<void> {
  const s = x.session()
  try {
    const player = new Player(s)
    for (const [action, a, b] of program) {
      await player.play(action, a, b)
      if (action === 'commit' || action === 'rollback') await compare(x, player.world)
    }
    await player.play('commit', 0, 0)
    await compare(x, player.world)
  } finally {
    await s.close()
    for (const model of ['post', 'tag', 'user'] as const) await (x.raw[model] as typeof x.raw.user).deleteMany()
    await x.raw.node.updateMany({ data: { parentId: null } })
    await x.raw.node.deleteMany()
  }
}

class Player {
  readonly #s: TestSession
  #count = 0
  #committed: World = new Map()
  readonly #savepoints: { world: World; handle: { commit(): unknown; rollback(): unknown } }[] = []
  world: World = new Map()

  constructor(s: TestSession) {
    this.#s = s
  }

  async play(action: Action, a: number, b: number): Promise<void> {
    const things = [...this.world.keys()]
    const subject = things[a % Math.max(things.length, 1)]
    switch (action) {
      case 'addUser':
        return this.#add('User', { posts: [] })
      case 'addTag':
        return this.#add('Tag', {})
      case 'addPost':
      case 'addNode': {
        const model = action === 'addPost' ? 'Post' : 'Node'
        const to = this.#pick(model === 'Post' ? 'User' : 'Node', b)
        return this.#add(
          model,
          {
            [pointer[model]]: to?.object ?? null,
            ...(model === 'Post' ? { tags: [] } : {}),
          },
          to,
        )
      }
      case 'rename': {
        if (!subject) return
        const name = `renamed ${++this.#count}`
        subject.object[nameField[subject.model]] = name
        return this.#expect(subject, { name })
      }
      case 'point':
      case 'pointByKey':
      case 'unpoint': {
        if (subject?.model !== 'Post' && subject?.model !== 'Node') return
        const to = action === 'unpoint' ? null : this.#pick(subject.model === 'Post' ? 'User' : 'Node', b)
        const field = pointer[subject.model]
        if (action !== 'pointByKey') subject.object[field] = to?.object ?? null
        else {
          await this.#flush()
          if (to && !this.world.has(to)) return
          subject.object[`${field}Id`] = to?.object.id ?? null
        }
        this.#expect(subject, { to })
        // Object and key set one after the other, without a flush between them, would be a disagreement.
        return action === 'pointByKey' ? this.#flush() : undefined
      }
      case 'link':
      case 'unlink': {
        const post = this.#pick('Post', a)
        const tag = this.#pick('Tag', b)
        if (!post || !tag) return
        const tags = post.object.tags as object[]
        const links = new Set(this.world.get(post)?.links)
        if (action === 'link' && !links.has(tag)) tags.push(tag.object)
        if (action === 'unlink' && links.has(tag)) tags.splice(tags.indexOf(tag.object), 1)
        if (action === 'link') links.add(tag)
        else links.delete(tag)
        return this.#expect(post, { links })
      }
      case 'push':
      case 'take': {
        // One side at a time: the other is settled before and follows after.
        await this.#flush()
        const post = this.#pick('Post', a)
        if (!post) return
        const from = this.world.get(post)?.to ?? null
        const to = action === 'push' ? this.#pick('User', b) : null
        if (from === to) return
        const left = from?.object.posts as object[] | undefined
        left?.splice(left.indexOf(post.object), 1)
        ;(to?.object.posts as object[] | undefined)?.push(post.object)
        this.#expect(post, { to })
        return this.#flush()
      }
      case 'delete':
        return this.#delete(subject)
      case 'flush':
        return this.#flush()
      case 'commit':
        await this.#s.commit()
        this.#savepoints.length = 0
        this.#committed = this.world
        return this.#checkMemory()
      case 'rollback':
        await this.#s.rollback()
        this.#savepoints.length = 0
        this.world = this.#committed
        return this.#checkMemory()
      case 'savepoint': {
        const handle = await this.#s.beginNested()
        this.#savepoints.push({ world: this.world, handle })
        return
      }
      case 'release':
        await this.#savepoints.pop()?.handle.commit()
        return
      case 'undo': {
        const savepoint = this.#savepoints.pop()
        if (!savepoint) return
        await savepoint.handle.rollback()
        this.world = savepoint.world
        return this.#checkMemory()
      }
    }
  }

  #add(model: Thing['model'], data: object, to: Thing | null = null): void {
    const name = `${model} ${++this.#count}`
    const object = mk(model, { [nameField[model]]: name, ...data }) as unknown as Thing['object']
    this.#s.add(object)
    this.world = new Map(this.world).set({ model, object }, { name, to, links: new Set() })
  }

  async #delete(thing: Thing | undefined): Promise<void> {
    if (!thing || inspect(thing.object).state !== 'persistent') return
    const pointing = [...this.world].filter(([, { to }]) => to === thing)
    if (thing.model === 'Node' && pointing.some(([child]) => child !== thing)) return // its key has NoAction
    await this.#s.delete(thing.object)
    const world = new Map(this.world)
    world.delete(thing)
    for (const [child, expected] of pointing) if (child !== thing) world.set(child, { ...expected, to: null })
    for (const [post, expected] of world) {
      if (expected.links.has(thing)) {
        world.set(post, { ...expected, links: new Set([...expected.links].filter((tag) => tag !== thing)) })
      }
    }
    this.world = world
    // What still points to a marked object is only settled by the flush.
    await this.#flush()
  }

  async #flush(): Promise<void> {
    await this.#s.flush()
    this.#checkMemory()
    const again = this.#s.explain()
    if (again.length > 0) throw new Error(`a second flush would write ${JSON.stringify(again)}`)
  }

  #checkMemory(): void {
    for (const [{ model, object }, { name, to, links }] of this.world) {
      const label = `${model} ${name}`
      same(`${label}: state`, inspect(object).state, 'persistent')
      same(`${label}: name`, object[nameField[model]], name)
      if (model === 'Post' || model === 'Node') {
        same(`${label}: foreign key`, object[`${pointer[model]}Id`], to?.object.id ?? null)
        same(`${label}: object`, object[pointer[model]] === (to?.object ?? null), true)
      }
      if (model === 'User') {
        const posts = object.posts as object[]
        const expected = [...this.world].filter(([, { to }]) => to?.object === object).map(([post]) => post)
        same(`${label}: posts`, posts.length, expected.length)
        for (const post of expected) same(`${label}: ${post.object.title}`, posts.includes(post.object), true)
      }
      if (model === 'Post') {
        const tags = object.tags as object[]
        same(`${label}: tags`, tags.length, links.size)
        for (const tag of links) same(`${label}: tag ${tag.object.label}`, tags.includes(tag.object), true)
      }
    }
    same('dirty', this.#s.dirty.size, 0)
    same('new', this.#s.new.size, 0)
  }

  #pick(model: Thing['model'], index: number): Thing | null {
    const candidates = [...this.world.keys()].filter((thing) => thing.model === model)
    return candidates[index % (candidates.length + 1)] ?? null
  }

  #expect(thing: Thing, change: Partial<Expected>): void {
    const before = this.world.get(thing) as Expected
    this.world = new Map(this.world).set(thing, { ...before, ...change })
  }
}

async function compare(x: Context, world: World): Promise<void> {
  const users = (await x.raw.user.findMany()).map(({ name }) => name)
  const posts = (await x.raw.post.findMany({ include: { author: true, tags: true } })).map(
    ({ title, author, tags }) => `${title} -> ${author?.name} [${tags.map((tag) => tag.label).sort()}]`,
  )
  const nodes = (await x.raw.node.findMany({ include: { parent: true } })).map(
    ({ name, parent }) => `${name} -> ${parent?.name}`,
  )
  const tags = (await x.raw.tag.findMany()).map(({ label }) => label)
  const expected = [...world].map(([{ model }, { name, to, links }]) => {
    const target = to ? world.get(to)?.name : undefined
    if (model === 'Post') return `${name} -> ${target} [${[...links].map((tag) => world.get(tag)?.name).sort()}]`
    return model === 'Node' ? `${name} -> ${target}` : name
  })
  same('rows', [...users, ...posts, ...nodes, ...tags].sort().join('\n'), expected.sort().join('\n'))
}

function same(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: expected ${String(expected)}, got ${String(actual)}`)
}
