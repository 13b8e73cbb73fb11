import { CircularDependencyError } from '../../errors.js'
/**
 * In which order rows are written so that every row finds those it points to. Pure: knows nodes and what they need.
 * Rows that are ready together and of one rank and kind form a batch. Where rows need each other in a circle, a need
 * that may be met later (a nullable key) is postponed.
 */
export function commitOrder<N extends OrderNode<N>>(
  nodes: readonly N[],
): { batches: N[][]; postponed: Postponed<N>[] } {
  const batches: N[][] = []
  const postponed: Postponed<N>[] = []
  /** How many needs of a node are not met yet. */
  const waiting = new Map<N, number>()
  const neededBy = new Map<N, Postponed<N>[]>()
  const ready = new ReadyNodes<N>()
  // What only circles ask for.
  const done = new Set<N>()
  const later = new Set<Need<N>>()
  let inCircles = waiting.keys()
  let noted = 0
  const isLeft = (need: Need<N>) => !done.has(need.node) && !later.has(need)
  const postpone = (node: N, need: Need<N>) => {
    postponed.push({ node, need })
    later.add(need)
  }

  for (const node of nodes) {
    let count = 0
    for (const need of node.needs) {
      if (need.node === node && need.canBeLater) {
        postpone(node, need) // points to itself
        continue
      }
      count++
      const others = neededBy.get(need.node)
      if (others) others.push({ node, need })
      else neededBy.set(need.node, [{ node, need }])
    }
    if (count > 0) waiting.set(node, count)
    else ready.add(node)
  }

  const isMet = (node: N) => {
    const left = (waiting.get(node) ?? 0) - 1
    if (left > 0) waiting.set(node, left)
    else if (waiting.delete(node)) ready.add(node)
  }

  while (true) {
    const batch = ready.takeFirst()
    if (batch) {
      batches.push(batch)
      for (const needed of batch)
        for (const { node, need } of neededBy.get(needed) ?? none) if (!later.has(need)) isMet(node)
    } else if (waiting.size > 0) {
      for (; noted < batches.length; noted++) for (const node of batches[noted] as N[]) done.add(node)
      // One iterator as long as it lasts: each new one has to pass all that was deleted before.
      let next = inCircles.next()
      if (next.done) {
        inCircles = waiting.keys()
        next = inCircles.next()
      }
      const { node, need } = breakCircle(next.value as N, isLeft)
      postpone(node, need)
      isMet(node)
    } else {
      return { batches, postponed }
    }
  }
}

const none: readonly never[] = []

export interface OrderNode<N> {
  /** Nodes of a lower rank go first when both are ready: parents before children. */
  readonly rank: number
  readonly needs: readonly Need<N>[]
  /** For messages. */
  readonly state: { readonly label: string }
}

export interface Need<N> {
  readonly node: N
  /** The key may be null at first, and set afterwards. */
  readonly canBeLater: boolean
  /** To be postponed only where nothing else in a circle can be. */
  readonly isLastResort?: boolean
  /** The fields of a unique whose value the needed row gives up. */
  readonly unique?: readonly string[]
}

export interface Postponed<N> {
  readonly node: N
  readonly need: Need<N>
}

/** Nodes that wait for nobody, by rank. */
class ReadyNodes<N extends OrderNode<N>> {
  readonly #byRank = new Map<number, N[]>()

  add(node: N): void {
    const nodes = this.#byRank.get(node.rank)
    if (nodes) nodes.push(node)
    else this.#byRank.set(node.rank, [node])
  }

  takeFirst(): N[] | undefined {
    if (this.#byRank.size === 0) return undefined
    const rank = Math.min(...this.#byRank.keys())
    const nodes = this.#byRank.get(rank)
    this.#byRank.delete(rank)
    return nodes
  }
}

function breakCircle<N extends OrderNode<N>>(first: N, isLeft: (need: Need<N>) => boolean): Postponed<N> {
  const path: Postponed<N>[] = []
  const seen = new Map<N, number>()
  let node = first
  while (!seen.has(node)) {
    seen.set(node, path.length)
    const need = node.needs.find(isLeft) as Need<N>
    path.push({ node, need })
    node = need.node
  }
  const circle = path.slice(seen.get(node))
  const breakable =
    circle.find(({ need }) => need.canBeLater && !need.isLastResort) ?? circle.find(({ need }) => need.canBeLater)
  if (breakable) return breakable
  const names = [...circle.map((each) => each.node), node].map(({ state }) => state.label).join(' → ')
  const uniques = new Set(circle.flatMap(({ need: { unique } }) => (unique ? [unique.join(', ')] : [])))
  throw new CircularDependencyError(
    uniques.size > 0
      ? `rows pass on values of ${[...uniques].join(' and of ')} in a circle, which are unique and cannot be null: ${names}. Give one of them another value and flush() first`
      : `rows need each other and none of the keys between them may be null: ${names}. Make one of the relations optional`,
  )
}
