import type { Relation } from '../../model/model.js'
import { ownList, replaceMembers } from '../objects/attributes.js'
import { setLoaded } from '../objects/relations.js'
import type { Entity, EntityState } from '../objects/state.js'
import type { TransactionState } from '../transaction/transaction-state.js'

/** Objects that came to the loaded relations of others, and left them. Lists are changed once, by `apply`, however many those are. */
export class ListChanges {
  readonly #transaction: TransactionState
  readonly #lists = new Map<Relation, Map<EntityState, Members>>()

  constructor(transaction: TransactionState) {
    this.#transaction = transaction
  }

  join(owner: EntityState, relation: Relation, { object }: EntityState): void {
    const known = owner.related.get(relation.name)
    if (known === undefined || owner.expired.has(relation.name)) return // not loaded
    if (owner.partial.has(relation.name)) return // whether its condition chooses the object is not known here
    if (Array.isArray(known)) {
      // Most lists are short, and have their new members already: the program put them there.
      if (known.length > shortList || !known.includes(object)) this.#membersOf(owner, relation).joined.add(object)
    } else if (known !== object) this.#replace(owner, relation, object)
  }

  leave(owner: EntityState, relation: Relation, { object }: EntityState): void {
    const known = owner.related.get(relation.name)
    if (known === undefined || known === null || owner.expired.has(relation.name)) return
    if (relation.isList) this.#membersOf(owner, relation).left.add(object)
    else if (known === object) this.#replace(owner, relation, null)
  }

  apply(): void {
    for (const [{ name }, owners] of this.#lists)
      for (const [owner, members] of owners) this.#change(owner, name, members)
    this.#lists.clear()
  }

  #membersOf(owner: EntityState, relation: Relation): Members {
    let owners = this.#lists.get(relation)
    if (!owners) {
      owners = new Map()
      this.#lists.set(relation, owners)
    }
    let members = owners.get(owner)
    if (!members) {
      members = { joined: new Set(), left: new Set() }
      owners.set(owner, members)
    }
    return members
  }

  #change(owner: EntityState, name: string, { joined, left }: Members): void {
    const known = owner.related.get(name)
    if (!Array.isArray(known)) return
    const leaving = new Set<Entity>()
    // A known member that is not in the list was taken out while the flush was under way.
    for (const member of known) {
      joined.delete(member)
      if (left.has(member)) leaving.add(member)
    }
    for (const member of left) if (joined.delete(member)) leaving.add(member)
    if (joined.size + leaving.size === 0) return
    this.#transaction.remember(owner)
    const isLeft = (member: Entity) => !leaving.has(member)
    owner.setRelated(name, [...known.filter(isLeft), ...joined])
    const list = ownList(owner, name)
    // A member of the list that is not known was put in while the flush was under way.
    const rest = leaving.size > 0 ? list.filter(isLeft) : list
    if (rest.length < list.length) replaceMembers(list, rest)
    const present = joined.size > 0 ? new Set(list) : joined
    for (const member of joined) if (!present.has(member)) list.push(member)
  }

  /** Sets what a to-one relation is known to hold; an object that the program has set since stays. */
  #replace(owner: EntityState, { name }: Relation, value: Entity | null): void {
    this.#transaction.remember(owner)
    if (owner.object[name] === owner.related.get(name)) setLoaded(owner, name, value)
    else owner.setRelated(name, value)
  }
}

const shortList = 8

interface Members {
  readonly joined: Set<Entity>
  readonly left: Set<Entity>
}
