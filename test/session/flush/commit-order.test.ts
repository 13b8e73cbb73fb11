import test from 'ava'
import fc from 'fast-check'
import { CircularDependencyError } from '../../../src/errors.js'
import { commitOrder, type Need, type OrderNode } from '../../../src/session/flush/commit-order.js'

interface Node extends OrderNode<Node> {
  readonly needs: Need<Node>[]
}

/** A need by the numbers of its nodes. */
interface Edge {
  readonly from: number
  readonly to: number
  readonly canBeLater: boolean
}

const graphs = graphsOf(edges(fc.boolean()))
const breakableGraphs = graphsOf(edges(fc.constant(true)))
/** Edges to lower numbers only: no circle. Ranks are as they fall, so that they disagree with the needs as well. */
const acyclicGraphs = graphsOf((size) =>
  edges(fc.boolean())(size).map((all) => all.filter(({ from, to }) => to < from)),
)

test('every node is placed once, after its needs unless they are postponed', (t) => {
  const property = fc.property(graphs, (nodes) => {
    fc.pre(!hasHardCircle(nodes))
    const { batches, postponed } = commitOrder(nodes)
    const order = batches.flat()
    if (order.length !== nodes.length || new Set(order).size !== nodes.length) return false
    const place = new Map(batches.flatMap((batch, index) => batch.map((node) => [node, index] as const)))
    return nodes.every((node) =>
      node.needs.every((need) => {
        const isEarlier = (place.get(need.node) as number) < (place.get(node) as number)
        const isLater = postponed.some((each) => each.node === node && each.need === need)
        return isLater ? need.canBeLater : isEarlier
      }),
    )
  })
  t.notThrows(() => fc.assert(property, { numRuns: 500 }))
})

test('a need is postponed once, and only where it closes a cycle', (t) => {
  const property = fc.property(breakableGraphs, (nodes) => {
    const { postponed } = commitOrder(nodes)
    const needs = postponed.map(({ need }) => need)
    return (
      new Set(needs).size === needs.length &&
      postponed.every(({ node, need }) => node.needs.includes(need) && reaches(need.node, node, () => true))
    )
  })
  t.notThrows(() => fc.assert(property, { numRuns: 500 }))
})

test('the needs that are not postponed have no cycle', (t) => {
  const property = fc.property(breakableGraphs, (nodes) => {
    const later = new Set(commitOrder(nodes).postponed.map(({ need }) => need))
    return nodes.every((node) =>
      node.needs.every((need) => later.has(need) || !reaches(need.node, node, (each) => !later.has(each))),
    )
  })
  t.notThrows(() => fc.assert(property, { numRuns: 500 }))
})

test('only a cycle of needs that cannot be postponed is an error, which names its members in order', (t) => {
  const property = fc.property(graphs, (nodes) => {
    const error = errorOf(() => commitOrder(nodes))
    if (!hasHardCircle(nodes)) return error === undefined
    if (!(error instanceof CircularDependencyError)) return false
    const named = (/: (.+)\. Make one/.exec(error.message)?.[1] ?? '').split(' → ')
    const members = named.map((label) => nodes.find((node) => node.state.label === label))
    return (
      named.length > 1 &&
      named[0] === named.at(-1) &&
      members.every((node, index) => {
        if (index === members.length - 1) return true
        return node?.needs.some((need) => need.node === members[index + 1] && !need.canBeLater)
      })
    )
  })
  t.notThrows(() => fc.assert(property, { numRuns: 500 }))
})

test('without cycles nothing is postponed, and each batch has every ready node of the lowest rank', (t) => {
  const property = fc.property(acyclicGraphs, (nodes) => {
    const { batches, postponed } = commitOrder(nodes)
    if (postponed.length > 0) return false
    const done = new Set<Node>()
    return batches.every((batch) => {
      const ready = nodes.filter((node) => !done.has(node) && node.needs.every((need) => done.has(need.node)))
      const lowest = Math.min(...ready.map(({ rank }) => rank))
      const expected = ready.filter(({ rank }) => rank === lowest)
      for (const node of batch) done.add(node)
      return batch.length === expected.length && expected.every((node) => batch.includes(node))
    })
  })
  t.notThrows(() => fc.assert(property, { numRuns: 500 }))
})

test('a batch has nodes of one rank', (t) => {
  const property = fc.property(breakableGraphs, (nodes) =>
    commitOrder(nodes).batches.every((batch) => new Set(batch.map(({ rank }) => rank)).size === 1),
  )
  t.notThrows(() => fc.assert(property))
})

test('an empty flush has no batches', (t) => {
  t.deepEqual(commitOrder([]), { batches: [], postponed: [] })
})

test('users, their posts and unrelated tags make three batches, parents first', (t) => {
  const nodes = graph(['post', 1], ['user', 0], ['post2', 1], ['tag', 2], ['user2', 0])
  need(nodes, 'post', 'user')
  need(nodes, 'post2', 'user2')
  t.deepEqual(labelsOf(nodes), [['user', 'user2'], ['post', 'post2'], ['tag']])
})

test('a tree within one model makes one batch per level', (t) => {
  const nodes = graph(['leaf', 0], ['branch', 0], ['root', 0], ['other root', 0])
  need(nodes, 'leaf', 'branch', true)
  need(nodes, 'branch', 'root', true)
  t.deepEqual(labelsOf(nodes), [['root', 'other root'], ['branch'], ['leaf']])
  t.deepEqual(commitOrder(nodes).postponed, [])
})

test('a need takes precedence over rank', (t) => {
  const nodes = graph(['parent', 5], ['child', 1])
  need(nodes, 'child', 'parent')
  t.deepEqual(labelsOf(nodes), [['parent'], ['child']])
})

test('the nullable key of a cycle is set later', (t) => {
  const nodes = graph(['hen', 0], ['egg', 0])
  need(nodes, 'hen', 'egg')
  need(nodes, 'egg', 'hen', true)
  t.deepEqual(labelsOf(nodes), [['egg'], ['hen']])
  t.deepEqual(
    commitOrder(nodes).postponed.map(({ node, need: { node: needed } }) => [node.state.label, needed.state.label]),
    [['egg', 'hen']],
  )
})

test('a row that refers to itself is an error unless the key is nullable', (t) => {
  const nodes = graph(['self', 0])
  need(nodes, 'self', 'self', true)
  t.is(commitOrder(nodes).postponed.length, 1)
  need(nodes, 'self', 'self')
  t.throws(() => commitOrder(nodes), { instanceOf: CircularDependencyError, message: /self → self/ })
})

test('two needs between the same rows are both met', (t) => {
  const nodes = graph(['child', 0], ['parent', 0])
  need(nodes, 'child', 'parent')
  need(nodes, 'child', 'parent', true)
  t.deepEqual(labelsOf(nodes), [['parent'], ['child']])
  t.deepEqual(commitOrder(nodes).postponed, [])
})

test('the error of a cycle does not name nodes outside it', (t) => {
  const nodes = graph(['first', 0], ['hen', 0], ['egg', 0], ['after', 0])
  need(nodes, 'after', 'hen')
  need(nodes, 'hen', 'egg')
  need(nodes, 'egg', 'hen')
  const { message } = t.throws(() => commitOrder(nodes), { instanceOf: CircularDependencyError }) as Error
  t.regex(message, /hen → egg → hen|egg → hen → egg/)
  t.notRegex(message, /first|after/)
})

test('a chain of ten thousand rows and as many cycles are ordered by looking at each row a few times', (t) => {
  const chain = graph(...Array.from({ length: 10_000 }, (_, index) => [`${index}`, 0] as const))
  for (const [index, node] of chain.entries()) {
    const next = chain[index + 1]
    if (next) node.needs.push({ node: next, canBeLater: false })
  }
  const circles = graph(...Array.from({ length: 10_000 }, (_, index) => [`${index}`, 0] as const))
  for (const [index, node] of circles.entries()) {
    node.needs.push({ node: circles[index % 2 ? index - 1 : index + 1] as Node, canBeLater: true })
  }
  const looks = countLooks([...chain, ...circles])
  t.is(commitOrder(chain).batches.length, 10_000)
  t.is(commitOrder(circles).postponed.length, 5000)
  t.true(looks() <= 5 * 20_000, `${looks()} looks at 20 000 rows`)
})

/** Counts how often the needs of a node are read. */
function countLooks(nodes: readonly Node[]): () => number {
  let looks = 0
  for (const node of nodes) {
    const { needs } = node
    const get = () => {
      looks++
      return needs
    }
    Object.defineProperty(node, 'needs', { get })
  }
  return () => looks
}

function edges(canBeLater: fc.Arbitrary<boolean>): (size: number) => fc.Arbitrary<Edge[]> {
  return (size) => {
    const place = fc.nat(size - 1)
    return fc.array(fc.record({ from: place, to: place, canBeLater }), { maxLength: 2 * size })
  }
}

function graphsOf(edgesFor: (size: number) => fc.Arbitrary<Edge[]>): fc.Arbitrary<Node[]> {
  const ranks = fc.array(fc.nat(3), { minLength: 1, maxLength: 8 })
  return ranks.chain((all) =>
    edgesFor(all.length).map((needs) => {
      const nodes = graph(...all.map((rank, index) => [`node ${index}`, rank] as const))
      for (const { from, to, canBeLater } of needs) nodes[from]?.needs.push({ node: nodes[to] as Node, canBeLater })
      return nodes
    }),
  )
}

function graph(...nodes: (readonly [label: string, rank: number])[]): Node[] {
  return nodes.map(([label, rank]) => ({ state: { label }, rank, needs: [] }))
}

function need(nodes: Node[], from: string, to: string, canBeLater = false): void {
  const named = (label: string) => nodes.find((node) => node.state.label === label) as Node
  named(from).needs.push({ node: named(to), canBeLater })
}

function labelsOf(nodes: Node[]): string[][] {
  return commitOrder(nodes).batches.map((batch) => batch.map(({ state }) => state.label))
}

/** Whether needs that `counts` lead from one node to the other; a node leads to itself. */
function reaches(from: Node, to: Node, counts: (need: Need<Node>) => boolean, seen = new Set<Node>()): boolean {
  if (from === to) return true
  if (seen.has(from)) return false
  seen.add(from)
  return from.needs.some((each) => counts(each) && reaches(each.node, to, counts, seen))
}

function hasHardCircle(nodes: readonly Node[]): boolean {
  const isHard = (each: Need<Node>) => !each.canBeLater
  return nodes.some((node) => node.needs.some((each) => isHard(each) && reaches(each.node, node, isHard)))
}

function errorOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
}
