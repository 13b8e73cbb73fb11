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
  const waiting = new Map<N, Set<Need<N>>>()
  const neededBy = new Map<N, { node: N; need: Need<N> }[]>()
  const ready = new ReadyNodes<N>()

  for (const node of nodes) {
    if (node.needs.length === 0) {
      ready.add(node)
      continue
    }
    const needs = new Set(node.needs.filter((need) => need.node !== node || !need.canBeLater))
    for (const need of node.needs) if (!needs.has(need)) postponed.push({ node, need }) // points to itself
    for (const need of needs) {
      const list = neededBy.get(need.node)
      if (list) list.push({ node, need })
      else neededBy.set(need.node, [{ node, need }])
    }
    if (needs.size > 0) waiting.set(node, needs)
    else ready.add(node)
  }

  const isMet = (node: N, need: Need<N>) => {
    const needs = waiting.get(node)
    needs?.delete(need)
    if (needs?.size !== 0) return
    waiting.delete(node)
    ready.add(node)
  }

  while (true) {
    const batch = ready.takeFirst()
    if (batch) {
      batches.push(batch)
      for (const done of batch) for (const { node, need } of neededBy.get(done) ?? []) isMet(node, need)
    } else if (waiting.size > 0) {
      const { node, need } = breakCircle(waiting)
      postponed.push({ node, need })
      isMet(node, need)
    } else {
      return { batches, postponed }
    }
  }
}

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

function breakCircle<N extends OrderNode<N>>(waiting: ReadonlyMap<N, ReadonlySet<Need<N>>>): Postponed<N> {
  const path: Postponed<N>[] = []
  const seen = new Map<N, number>()
  let node = waiting.keys().next().value as N
  while (!seen.has(node)) {
    seen.set(node, path.length)
    const need = (waiting.get(node) as ReadonlySet<Need<N>>).values().next().value as Need<N>
    path.push({ node, need })
    node = need.node
  }
  const circle = path.slice(seen.get(node))
  const breakable = circle.find(({ need }) => need.canBeLater)
  if (breakable) return breakable
  const names = [...circle.map((each) => each.node), node].map(({ state }) => state.label).join(' → ')
  throw new CircularDependencyError(
    `rows need each other and none of the keys between them may be null: ${names}. Make one of the relations optional`,
  )
}
